"""A few measured spectra, not part of the repository: SPECQUANT_REAL_DATA names the folder that holds ``eds``.

All of them: ``specquant evaluate -t eds --data $SPECQUANT_REAL_DATA/eds``.
"""

from pathlib import Path

import numpy as np
import pytest

from specquant.compositions import fractions_of, parse_amounts
from specquant.discovery import Plugin, load_plugin
from specquant.evaluation import Labelled, evaluate_labelled, read_labels
from specquant.fits import Hybrid, LeastSquares
from specquant.instrument import calibrate
from specquant.library import PureLibrary, RenderedLibrary
from specquant.readers import load_spectra
from specquant.session import open_session
from specquant.spectra import Spectra
from specquant.technique import Floats
from specquant_eds import detector

K412 = "O42.8 Si21.2 Mg11.7 Ca10.9 Fe7.74 Al4.91"
"""SRM 470, certified, weight percent."""

MINERALS = {
    "MMM1_Almandine_Garnet[0][4].msa": "O42.1 Fe18.6 Si18.3 Al12 Mg6.12 Ca2.86 Mn0.43 Ti0.04",
    "MMM1_Celestite[0][4].msa": "Sr47.4 O34.7 S17.4",
    "MMM1_Diopside[0][4].msa": "O44.2 Si25.9 Ca17.7 Mg10.7 Fe0.65 Al0.33 Na0.3",
    "MMM2_Pentlandite[0][4].msa": "Ni35.6 S32.9 Fe30.9 Co0.43",
    "MMM2_SrTiO3[0][4].msa": "Sr47.8 O26.2 Ti26.1",
}
MAIN = 0.04


@pytest.fixture(scope="module")
def eds() -> Plugin:
    return load_plugin("eds")


@pytest.fixture(scope="module")
def rendered(eds: Plugin) -> PureLibrary:
    return RenderedLibrary(eds.technique)


@pytest.fixture
def unknowns(real_data: Path) -> Path:
    return real_data / "eds" / "unknowns"


def labelled(eds: Plugin, path: Path, text: str) -> Labelled:
    spectra = load_spectra(path, eds.technique, eds.readers)
    fraction = fractions_of(parse_amounts(text), eds.technique.elements, by_weight=True)
    return Labelled(path.stem, path.stem, "A", fraction, spectra)


def main_elements(eds: Plugin, fraction: Floats) -> set[str]:
    compared = np.isin(eds.technique.elements, eds.technique.compared)
    share = np.where(compared, fraction, 0.0) / fraction[compared].sum()
    return {symbol for symbol, x in zip(eds.technique.elements, share, strict=True) if x >= MAIN}


def test_a_glass_with_known_elements(eds: Plugin, unknowns: Path) -> None:
    # the third replicate, with 3 % fewer counts, is of another place and fits less well (misfit 1.8, not 0.9)
    glasses = [labelled(eds, unknowns / f"GMIIIA_K412[{number}][4].msa", K412) for number in (0, 1)]
    # the window, which the files do not state, decides 4 at% of oxygen: the session reads it from the spectrum
    scores = evaluate_labelled(open_session("eds").methods(["hybrid"]), glasses, listed=True)
    assert [score.accuracy >= 0.98 for score in scores] == [True] * 2, [score.accuracy for score in scores]
    assert all(score.invented == score.missed == () for score in scores)


def test_minerals_without_a_list_of_elements(eds: Plugin, rendered: PureLibrary, unknowns: Path) -> None:
    minerals = [labelled(eds, unknowns / name, text) for name, text in MINERALS.items()]
    spectra = Spectra.join(item.spectra for item in minerals)
    hybrid = Hybrid(eds.technique, rendered, LeastSquares(eds.technique, rendered))
    fractions = hybrid.quantify(spectra)["fraction"].values
    for item, fraction in zip(minerals, fractions, strict=True):
        assert main_elements(eds, fraction) == main_elements(eds, item.fraction), item.sample


def test_calibration_on_a_glass(eds: Plugin, unknowns: Path) -> None:
    instrument = calibrate(eds, [unknowns / f"GMIIIA_K412[{number}][4].msa" for number in (0, 1)], [K412, K412])
    assert instrument.kind == "nitride window"
    assert 20 < instrument.values["dead_layer"] < 100
    limits = {"noise": (50, 70), "offset": (-5, 5), "gain": (-2e-3, 2e-3), "tail": (0.3, 2)}
    for name, (low, high) in limits.items():
        assert low < instrument.values[name] < high, f"{name} {instrument.values[name]}"
        assert instrument.errors[name] < 0.1 * (high - low)
    assert instrument.misfit < 2


def test_shipped_weights_read_a_glass_and_minerals(eds: Plugin, unknowns: Path) -> None:
    if not eds.technique.models:
        pytest.skip("no EDS model ships yet: plugins/eds/specquant_eds/weights holds no .safetensors")
    samples = [labelled(eds, unknowns / name, text) for name, text in MINERALS.items()]
    samples.append(labelled(eds, unknowns / "GMIIIA_K412[0][4].msa", K412))
    scores = evaluate_labelled(open_session("eds").methods(["cnn", "hybrid"]), samples)
    for method, bar in (("cnn", 0.93), ("hybrid", 0.95)):
        assert np.mean([score.accuracy for score in scores if score.method == method]) >= bar, method


def test_labels_can_be_read(real_data: Path, eds: Plugin) -> None:
    glasses = read_labels(real_data / "eds", eds.technique, eds.readers, ["glass"])
    assert len(glasses) > 20
    assert {item.spectra.known(eds.technique, 0)["beam_energy"] for item in glasses} == {15000.0}


FLUORESCING = "Ag CaF2 Cd Co CsI Cu EuF3 Fe FeS2 Gd LaB6 LaF3 Mn Mo Ni Pd Rh Ru Sb Sc Tb Te Ti UO2 V ZnS Zn"
"""Standards without silicon, and without a line within 200 eV of Si K-alpha."""


def test_the_detectors_silicon_fluoresces_as_the_standards_show(eds: Plugin, real_data: Path) -> None:
    axis = eds.technique.axis
    shares = []
    for name in FLUORESCING.split():
        spectra = load_spectra(real_data / "eds" / "standards" / f"{name}_std.msa", eds.technique, eds.readers)
        counts = np.asarray(spectra.counts[0], dtype=np.float64)
        near = np.abs(axis.centres - detector.SILICON_KA) < 140.0
        away = (axis.centres[near] - detector.SILICON_KA) / 100.0
        peak = np.exp(-0.5 * (100.0 * away * 2.355 / detector.fwhm(np.array(detector.SILICON_KA), 57.0)) ** 2)
        columns = np.stack([peak / peak.sum(), *(away**power for power in range(4))], axis=1)
        weight = 1.0 / np.sqrt(np.maximum(counts[near], 1.0))
        (area, *_) = np.linalg.lstsq(columns * weight[:, None], counts[near] * weight, rcond=None)[0]
        shares.append(area / counts[axis.centres > detector.SILICON_EDGE].sum())
    quarters = np.quantile(shares, [0.25, 0.5, 0.75])
    print("internal fluorescence over counts above the edge:", " ".join(f"{1e4 * each:.1f}e-4" for each in quarters))
    assert quarters[1] == pytest.approx(detector.FLUORESCENCE_SHARE, rel=0.15)
