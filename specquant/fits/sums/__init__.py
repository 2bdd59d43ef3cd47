"""Spectra that are sums of shifted pure spectra: the search for their elements and the shift of each."""
