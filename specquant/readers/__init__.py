"""From files to SPECTRA: choose a reader by content, check what it read, put it on the technique's axis."""

from specquant.readers.archive import Member, is_archive, members_of
from specquant.readers.checking import check_raw
from specquant.readers.columns import CHANNEL, COUNTS, NORMALISED, RATE
from specquant.readers.decoding import decoded, lines_in
from specquant.readers.elsewhere import installed_plugins, kinds_of
from specquant.readers.loading import Correction, load_spectra, on_axis, on_scale, uncalibrated
from specquant.readers.mapping import map_in, map_of_array, open_map
from specquant.readers.opening import CORE_READERS, head_of, prepare, read_file
from specquant.readers.parts import part
from specquant.readers.placing import place
from specquant.readers.rows import table_in
from specquant.readers.sources import FileCounts, Hdf5Counts
from specquant.readers.stating import check_given, parse_given
from specquant.readers.stored import check_library, check_training_data

__all__ = [
    "CHANNEL",
    "CORE_READERS",
    "COUNTS",
    "NORMALISED",
    "RATE",
    "Correction",
    "FileCounts",
    "Hdf5Counts",
    "Member",
    "check_given",
    "check_library",
    "check_raw",
    "check_training_data",
    "decoded",
    "head_of",
    "installed_plugins",
    "is_archive",
    "kinds_of",
    "lines_in",
    "load_spectra",
    "map_in",
    "map_of_array",
    "members_of",
    "on_axis",
    "on_scale",
    "open_map",
    "parse_given",
    "part",
    "place",
    "prepare",
    "read_file",
    "table_in",
    "uncalibrated",
]
