"""From files to SPECTRA: choose a reader by content, check what it read, put it on the technique's axis."""

from specquant.readers.loading import load_spectra
from specquant.readers.opening import CORE_READERS, read_file
from specquant.readers.placing import check_raw, place

__all__ = ["CORE_READERS", "check_raw", "load_spectra", "place", "read_file"]
