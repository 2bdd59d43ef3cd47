"""A library built from a folder of a laboratory's own spectra of pure elements, one file per element."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from specquant.errors import ReadError, SpectrumError
from specquant.library.base import PureLibrary, as_dataset
from specquant.readers import load_spectra
from specquant.technique import MAIN, MEASURED, Component, Reader, Technique

_SYMBOL = re.compile(r"[A-Z][a-z]?(?![a-z])")
"""The symbol of an element at the beginning of a file name."""

_REACH_STEPS = 6.0
"""Steps of the axis, beside the widest line's width, by which a window reaches beyond the main lines; chosen."""

_END_CHANNELS = 3
"""Channels at either end of the window that are averaged for the background under the lines; chosen against noise."""


class MeasuredLibrary(PureLibrary):
    """Pure spectra as measured, response and background included.

    The file name says the element: it begins with its symbol, which no small letter follows (``Cd.vms``,
    ``Cd_clean.csv``; ``Carbon.csv`` does not name calcium, and is refused). A spectrum is scaled so that the element's
    main group of lines has area one after a straight background under it is taken off; the sensitivity factor then
    means the same as for a rendered library. Files that no reader knows are an error, hidden files are passed over.
    """

    is_read = True

    def __init__(self, folder: Path, technique: Technique, readers: Sequence[Reader] = ()) -> None:
        self._folder = folder
        self._technique = technique
        self._readers = readers

    def build(self) -> xr.Dataset:
        """Read every file of the folder."""
        if not self._folder.is_dir():
            raise ReadError("no such folder", where=self._folder, todo="Give the folder that holds the pure spectra.")
        axis = self._technique.axis.padded(self._technique.margin)
        if self._technique.measure is not None:
            measured = self._technique.measure(self._folder, axis, self._readers)
            return as_dataset(measured, axis, self._technique.name, f"measured: {self._folder}")
        files = sorted(path for path in self._folder.iterdir() if path.is_file() and not path.name.startswith("."))
        components: dict[str, Component] = {}
        for path in files:
            symbol = self._symbol(path)
            if symbol in components:
                raise ReadError("second file of one element", where=path, found=symbol, wanted="one file per element")
            components[symbol] = self._component(symbol, path)
        if not components:
            raise ReadError("folder holds no spectra", where=self._folder, wanted="files named after their element")
        order = {symbol: index for index, symbol in enumerate(self._technique.elements)}
        ordered = sorted(components.values(), key=lambda component: order[component.element])
        return as_dataset(ordered, axis, self._technique.name, f"measured: {self._folder}")

    def _symbol(self, path: Path) -> str:
        match = _SYMBOL.match(path.name)
        symbol = match.group() if match else ""
        if symbol not in self._technique.elements:
            raise ReadError(
                "file name does not begin with an element",
                where=path,
                found=path.name,
                wanted="a symbol such as Cd",
                todo="Rename the file after its element.",
            )
        return symbol

    def _component(self, symbol: str, path: Path) -> Component:
        technique = self._technique
        spectra = load_spectra(path, technique, self._readers)
        if len(spectra) != 1:
            raise ReadError("holds several spectra", where=path, found=len(spectra), wanted="one per file")
        energy, observed = technique.axis.centres, spectra.observed[0]
        counts = np.interp(energy, energy[observed], spectra.counts[0][observed])
        area = self._main_area(symbol, counts, path)
        padding = round((technique.axis.start - technique.axis.padded(technique.margin).start) / technique.axis.step)
        return Component(symbol, MEASURED, MAIN, np.pad(counts, padding, mode="edge") / area)

    def _main_area(self, symbol: str, counts: np.ndarray, path: Path) -> float:
        axis = self._technique.axis
        lines = [peak for peak in self._technique.peaks if peak.element == symbol and peak.group == MAIN]
        if not lines:
            raise SpectrumError(f"{self._technique.name} has no main lines of {symbol}", where=path)
        reach = _REACH_STEPS * axis.step + max(peak.width for peak in lines)
        low = min(peak.energy for peak in lines) - reach
        high = max(peak.energy for peak in lines) + reach
        window = counts[(axis.centres >= low) & (axis.centres <= high)]
        if window.size < _END_CHANNELS:
            raise SpectrumError(
                "main lines lie outside the spectrum", where=path, found=f"{low:g}..{high:g} {axis.unit}"
            )
        background = np.linspace(window[:_END_CHANNELS].mean(), window[-_END_CHANNELS:].mean(), window.size)
        area = float((window - background).sum() * axis.step)
        if area <= 0:
            raise SpectrumError(
                f"no peak where {symbol} has its main lines",
                where=path,
                wanted=f"a peak in {low:g}..{high:g} {axis.unit}",
            )
        return area
