"""Carbon on the surface or in the bulk, on rendered spectra: what the fit says, and how it is told."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from specquant.library import MixedLibrary
from specquant.session import Session, open_session
from specquant.spectra import Spectra

GLASS = {"O": 0.60, "Si": 0.20, "Na": 0.10, "Ca": 0.05, "Al": 0.05}
CARBIDE = {"Si": 0.5, "C": 0.5}
BARE = {"carbon_coat": 0.0, "oxide_skin": 0.0}
DOSE = 2e6


@pytest.fixture(scope="module")
def session() -> Session:
    return open_session("eds")


def drawn(session: Session, composition: dict[str, float], coat: float) -> Spectra:
    """Return the spectrum of a composition under a carbon coat (nm), with everything stated."""
    technique = session.technique
    fraction = np.array([composition.get(symbol, 0.0) for symbol in technique.elements])
    values = {**technique.defaults(), **BARE, "carbon_coat": coat}
    exact = MixedLibrary(technique, session.library).spectrum(fraction, values)
    seen = technique.axis.centres >= 150.0
    counts = np.random.default_rng(1).poisson(exact * DOSE / exact.sum()) * seen
    stated = np.array([[values[parameter.name] for parameter in technique.stated]])
    return Spectra(counts[None].astype(float), seen[None], stated)


@pytest.mark.parametrize("coat", [20.0, 60.0])
def test_the_coat_of_a_glass_is_told_with_its_thickness(session: Session, coat: float) -> None:
    result = session.quantify(drawn(session, GLASS, coat))
    composition = result.to_dataset().isel(sample=0).sel(element="C")
    assert composition["fraction"] == 0.0
    thickness, error = float(composition["layer_thickness"]), float(composition["layer_thickness_error"])
    assert abs(thickness - coat) < 4 * error
    assert 0.0 < error < 5.0
    (note,) = [note for note in result.notes[0] if note.about == "carbon_coat"]
    assert note.text == (
        f"C lies on the surface, carbon_coat {thickness:.1f} +- {error:.1f} nm, and is not in the fractions"
    )


def test_a_bare_glass_has_no_coat(session: Session) -> None:
    result = session.quantify(drawn(session, GLASS, 0.0))
    assert not [note for note in result.notes[0] if note.about == "carbon_coat"]
    assert float(result.to_dataset()["layer_thickness"].sel(element="C")[0]) < 2.0


@pytest.mark.parametrize("coat", [0.0, 20.0, 60.0])
def test_a_carbide_is_found_under_a_coat_and_its_interval_knows_the_coat(session: Session, coat: float) -> None:
    answer = session.quantify(drawn(session, CARBIDE, coat)).to_dataset().isel(sample=0).sel(element="C")
    assert answer["lower"] <= 0.5 <= answer["upper"]
    assert 0.25 < float(answer["fraction"]) < 0.75
    assert np.isnan(answer["layer_thickness"])


@pytest.mark.parametrize("trace", [{"Fe": 0.005}, {"S": 0.01}, {}])
def test_graphite_is_graphite_and_its_trace_is_found(session: Session, trace: dict[str, float]) -> None:
    truth = {"C": 1.0 - sum(trace.values()), **trace}
    answer = session.quantify(drawn(session, truth, 15.0)).to_dataset().isel(sample=0)
    for symbol, fraction in truth.items():
        assert float(answer["fraction"].sel(element=symbol)) == pytest.approx(fraction, rel=0.15), symbol


def test_fluorocarbon_is_not_the_networks_fluorine(session: Session) -> None:
    answer = session.quantify(drawn(session, {"C": 1 / 3, "F": 2 / 3}, 10.0)).to_dataset().isel(sample=0)
    assert float(answer["fraction"].sel(element="C")) == pytest.approx(1 / 3, abs=0.05)


def test_files_have_the_layer(session: Session, tmp_path: Path) -> None:
    result = session.quantify(drawn(session, GLASS, 20.0))
    (content,) = json.loads(result.save(tmp_path / "a.json").read_text())["spectra"]
    (carbon,) = [row for row in content["composition"] if row["element"] == "C"]
    assert carbon["layer_thickness"] == pytest.approx(20.0, abs=3.0)
    with result.save(tmp_path / "a.csv").open(newline="") as table:
        (row,) = csv.DictReader(table)
    assert "C lies on the surface, carbon_coat " in row["notes"]
