"""The way to the least cost: what a fit makes small, the steps there, and the fit of chosen elements."""
