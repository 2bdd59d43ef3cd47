"""Spectra of the pure elements: rendered from physics, read from a file, or measured by a laboratory."""

from specquant.library.base import PureLibrary
from specquant.library.measured import MeasuredLibrary
from specquant.library.mixed import MixedLibrary, pure_spectra
from specquant.library.rendered import RenderedLibrary
from specquant.library.shelf import LibraryShelf
from specquant.library.stored import StoredLibrary

__all__ = [
    "LibraryShelf",
    "MeasuredLibrary",
    "MixedLibrary",
    "PureLibrary",
    "RenderedLibrary",
    "StoredLibrary",
    "pure_spectra",
]
