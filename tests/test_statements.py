"""What is stated of an answer as standards ask for it."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from specquant.discovery import load_technique
from specquant.learning.card import ModelCard
from specquant.learning.doubt import LEVELS, DoubtTable
from specquant.notes import Note, NoteKind
from specquant.spectra import Spectra
from specquant.statements import FACTOR_ERRORS, Statements, common_statements, spectrum_statements
from specquant.technique import Reporting, Role, Technique

pytestmark = pytest.mark.usefixtures("toy_is_installed")


@pytest.fixture(scope="module")
def bulk(toy_is_installed: None) -> Technique:  # noqa: ARG001
    """The technique of thick samples, of which voltage and angle are reported, and stated where files do."""
    plain = load_technique("bulk")
    parameters = tuple(
        replace(each, role=Role.STATED) if each.name in ("voltage", "angle") else each for each in plain.parameters
    )
    words = {name: name for name in Reporting.__dataclass_fields__ if name not in ("standards", "instrument")}
    return replace(plain, parameters=parameters, reporting=Reporting(("ISO 1",), ("voltage", "angle"), **words))


def stated(bulk: Technique, voltage: float, *notes: Note) -> Statements:
    counts = np.ones((1, bulk.axis.size))
    columns = [voltage if parameter.name == "voltage" else np.nan for parameter in bulk.stated]
    fraction = np.zeros((1, len(bulk.elements)))
    fraction[0, 0] = 1.0
    dims = ("sample", "element")
    composition = xr.Dataset(
        dict.fromkeys(("fraction", "lower", "upper"), (dims, fraction)),
        coords={"element": list(bulk.elements)},
        attrs={"method": "nnls"},
    )
    spectra = Spectra(counts, counts > 0, np.array([columns]))
    return spectrum_statements(bulk, spectra, notes, "nnls", composition)


def of(statements: Statements, name: str) -> str:
    return next(text for title, text in statements.items() if title.lower().startswith(name))


def test_what_is_stated_has_its_value_and_whence_it_is_known(bulk: Technique) -> None:
    assert of(stated(bulk, 12.0), "voltage").endswith("(stated by file or user)")
    note = Note(NoteKind.STATED, "voltage 12", "voltage")
    assert "given: voltage 12" in of(stated(bulk, 12.0, note), "voltage")


def test_a_value_is_said_once_with_why_it_is_assumed(bulk: Technique) -> None:
    note = Note(NoteKind.ASSUMED, "voltage 12 kV, by the end of the continuum", "voltage")
    said = of(stated(bulk, 12.0, note), "voltage")
    assert said.endswith("(assumed, by the end of the continuum)")
    assert said.count("12") == 1


def test_what_was_found_stands_in_place_of_a_default(bulk: Technique) -> None:
    note = Note(NoteKind.ASSUMED, "gain 2.0 +- 0.1, found in the spectrum", "voltage, angle")
    for name in ("voltage", "angle"):
        assert of(stated(bulk, np.nan, note), name) == "not stated (assumed: gain 2.0 +- 0.1, found in the spectrum)"


def test_without_either_a_default_is_said_to_be_supposed(bulk: Technique) -> None:
    default = next(parameter for parameter in bulk.parameters if parameter.name == "voltage")
    assert f"about {default.amount(default.default)} is supposed" in of(stated(bulk, np.nan), "voltage")


def test_intervals_say_how_often_they_were_found_to_hold(bulk: Technique) -> None:
    table = DoubtTable(("counts",), ((1.0,) * len(LEVELS),), (1.0,), 1.0, 2.0, held=0.91, held_or_flagged=0.88)
    card = ModelCard("Net", "bulk", "bulk", bulk.elements, (0.0, 1.0, 1.0), {}, 1, 1, 0.9, doubt={"hybrid": table})
    said = common_statements(bulk, card)["Intervals"]
    assert "hybrid: 91 %" in said
    assert "88 % lie within, or the answer is flagged" in said
    assert "not recorded" in common_statements(bulk, replace(card, doubt={}))["Intervals"]


def test_intervals_that_are_wider_where_peaks_say_little_are_stated() -> None:
    said = {name: common_statements(load_technique(name), None)[FACTOR_ERRORS] for name in ("xps", "eds")}
    text = "stand out by less than 10 standard errors, intervals are 1.8 times as wide"
    assert text in said["xps"]
    assert "times as wide" not in said["eds"]
