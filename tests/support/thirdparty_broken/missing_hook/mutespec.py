"""A plug-in that implements no hook."""
