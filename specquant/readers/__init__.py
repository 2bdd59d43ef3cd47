"""From files to SPECTRA: choose a reader by content, check what it read, put it on the technique's axis."""

from specquant.readers.checking import check_raw
from specquant.readers.loading import Correction, load_spectra, on_axis
from specquant.readers.opening import CORE_READERS, prepare, read_file
from specquant.readers.parts import part
from specquant.readers.placing import place
from specquant.readers.stating import check_given, parse_given
from specquant.readers.stored import check_library, check_training_data
from specquant.readers.text import lines_in

__all__ = [
    "CORE_READERS",
    "Correction",
    "check_given",
    "check_library",
    "check_raw",
    "check_training_data",
    "lines_in",
    "load_spectra",
    "on_axis",
    "parse_given",
    "part",
    "place",
    "prepare",
    "read_file",
]
