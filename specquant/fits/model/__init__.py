"""The model of a spectrum: its components, instrument and background, what of them is free, and where a fit stands."""
