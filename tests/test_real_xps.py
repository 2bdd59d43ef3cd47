"""Measured surveys, which are not part of the repository: SPECQUANT_REAL_DATA names the folder that holds ``xps``."""

from pathlib import Path

import numpy as np
import pytest

from specquant.discovery import Plugin, load_plugin
from specquant.errors import SpecquantError
from specquant.evaluation import Labelled, evaluate_labelled, read_labels, summarise
from specquant.pipeline import open_library, open_methods, quantify_files
from specquant.quantifiers import NetworkQuantifier, Quantifier

STATED = 0.8815
"""Accuracy of the shipped model on class A: docs/results-xps.md."""


@pytest.fixture(scope="module")
def plugin() -> Plugin:
    return load_plugin("xps")


@pytest.fixture(scope="module")
def nnls(plugin: Plugin) -> dict[str, Quantifier]:
    return open_methods(plugin, ["nnls"], open_library(plugin), "none")


@pytest.fixture(scope="module")
def field(plugin: Plugin) -> dict[str, Quantifier]:
    path = plugin.technique.models.get("field")
    if path is None:
        pytest.skip("no model 'field' ships yet: plugins/xps/specquant_xps/weights/field.safetensors is missing")
    return {"cnn": NetworkQuantifier.load(path, plugin.technique)}


@pytest.fixture
def labelled(real_data: Path, plugin: Plugin) -> list[Labelled]:
    return read_labels(real_data / "xps", plugin.technique, plugin.readers)


def test_every_vamas_file_is_quantified_or_refused_with_a_reason(
    real_data: Path, plugin: Plugin, nnls: dict[str, Quantifier]
) -> None:
    files = sorted((real_data / "xps" / "raw").glob("*.vms"))
    assert len(files) > 5
    refused: dict[str, SpecquantError] = {}
    for result in quantify_files(files, plugin, nnls):
        if result.error is not None:
            refused[result.file] = result.error
            continue
        fraction = result.compositions["nnls"]["fraction"].values
        assert np.isfinite(fraction).all(), result.file
        np.testing.assert_allclose(fraction.sum(axis=1), 1.0, atol=1e-6)
    assert not refused, refused


def test_field_model_is_as_accurate_as_its_page_states(labelled: list[Labelled], field: dict[str, Quantifier]) -> None:
    scores = evaluate_labelled(field, [item for item in labelled if item.reliability == "A"])
    accuracy = summarise(scores).accuracy
    worst = sorted(scores, key=lambda item: item.accuracy)[:3]
    assert accuracy >= STATED - 0.005, (
        f"{accuracy:.3f}, worst: {[(s.sample, round(s.accuracy, 2), s.found) for s in worst]}"
    )


def test_field_model_names_the_metal_of_clean_metals_in_vacuum(
    labelled: list[Labelled], plugin: Plugin, field: dict[str, Quantifier]
) -> None:
    for item in _clean_metals(labelled, plugin):
        fraction = field["cnn"].quantify(item.spectra)["fraction"].values[0]
        assert plugin.technique.elements[int(fraction.argmax())] == _label(item, plugin), item.sample


def _label(item: Labelled, plugin: Plugin) -> str:
    return plugin.technique.elements[int(item.fraction.argmax())]


def _clean_metals(labelled: list[Labelled], plugin: Plugin) -> list[Labelled]:
    """Return the spectra of clean Ag, Au and Cu in vacuum; there is at least one of each."""
    chosen = [
        item
        for item in labelled
        if item.reliability == "A" and item.fraction.max() > 0.999 and "vacuum" in item.sample.lower()
    ]
    assert {_label(item, plugin) for item in chosen} >= {"Ag", "Au", "Cu"}
    return chosen
