"""``specquant app``: a page in the browser of this machine, on which spectra are dropped, quantified and compared.

The process that serves the page computes nothing and loads neither torch nor xarray, so that the page is there at once;
a second process computes (docs/decisions/0023-app.md).
"""
