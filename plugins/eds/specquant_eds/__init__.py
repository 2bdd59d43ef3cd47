"""The EDS plug-in of specquant."""
