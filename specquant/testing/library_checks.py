"""Checks of the pure spectra: there, apart from one another, and where the peak table says."""

import tempfile
from pathlib import Path

import numpy as np
import xarray as xr

from specquant import contracts
from specquant.library import StoredLibrary
from specquant.technique import MAIN
from specquant.testing.registry import check, require
from specquant.testing.subject import Subject

_ALIKE = 0.99999
"""Cosine of two pure spectra from which on nothing can tell their elements apart; chosen."""


@check("technique_is_valid")
def library_renders(subject: Subject) -> None:
    """Pure spectra are rendered, and keep the contract LIBRARY."""
    contracts.check(subject.library.dataset, "LIBRARY", subject.plugin.technique.name)


@check("library_renders")
def every_element_can_be_seen(subject: Subject) -> None:
    """No pure spectrum is empty on the axis."""
    for symbol, column in zip(subject.plugin.technique.elements, subject.columns, strict=True):
        require(np.isfinite(column).all(), f"{symbol} is not finite")
        require(column.max() > 0, f"{symbol} has no signal on the axis")


@check("every_element_can_be_seen")
def elements_look_different(subject: Subject) -> None:
    """Pure spectra differ, or nothing could tell the elements apart."""
    if len(subject.columns) < 2:
        return
    unit = subject.columns / np.linalg.norm(subject.columns, axis=1, keepdims=True)
    alike = unit @ unit.T - np.eye(len(unit))
    first, second = np.unravel_index(alike.argmax(), alike.shape)
    names = subject.plugin.technique.elements[first], subject.plugin.technique.elements[second]
    require(alike.max() < _ALIKE, f"{names[0]} and {names[1]} have the same pure spectrum")


@check("every_element_can_be_seen", "every_element_has_a_line_on_the_axis")
def strongest_component_lies_at_a_line(subject: Subject) -> None:
    """What is rendered lies where the peak table says."""
    technique, dataset = subject.plugin.technique, subject.library.dataset
    axis = technique.axis
    on_axis = dataset.sel(energy=slice(axis.start, axis.stop))
    groups = dataset["group"].values
    for symbol, column in zip(technique.elements, subject.columns, strict=True):
        listed = [peak for peak in technique.peaks if peak.element == symbol]
        main = [peak for peak in listed if peak.group == MAIN]
        rows = np.flatnonzero((dataset["element"].values == symbol) & (groups == MAIN))
        tops = [float(on_axis["energy"].values[on_axis["density"].values[row].argmax()]) for row in rows]
        tops = tops if main and tops else [float(axis.centres[column.argmax()])]
        lines = main or listed
        for top in tops:
            near = any(abs(peak.energy - top) <= 3 * axis.step + peak.width for peak in lines)
            energies = ", ".join(f"{peak.energy:g}" for peak in lines[:6])
            require(near, f"{symbol} is highest at {axis.text(top)}, its lines are at {energies}")


@check("library_renders")
def library_survives_a_file(subject: Subject) -> None:
    """Written as netCDF and read back, the library is the same."""
    with tempfile.TemporaryDirectory() as folder:
        path = subject.library.save(Path(folder) / "library.nc")
        stored = StoredLibrary(path, subject.plugin.technique)
        xr.testing.assert_equal(stored.dataset.drop_attrs(), subject.library.dataset.drop_attrs())
