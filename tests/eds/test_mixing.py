import csv
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr

from bulk_samples import K412, atoms, emitted, intensity, k_ratio, line
from specquant.fits import LeastSquares
from specquant.library import PureLibrary, RenderedLibrary
from specquant.library.mixed import MixedLibrary
from specquant.mixing import mixing_law, narrowed_law
from specquant.technique import Technique
from specquant_eds.elements import ELEMENTS, INDEX
from specquant_eds.instrument import defaults
from specquant_eds.matrixtables import BEAM_GRID
from specquant_eds.mixing import MatrixMixing, _interpolated, matrix_model, node_label
from specquant_eds.rendering import FAMILIES, mixing, nominal_efficiency, relative_areas

TABLE = Path(__file__).parent / "k_ratios.csv"
MEASURED = list(csv.DictReader(row for row in TABLE.read_text().splitlines() if row[0] != "#"))


def ratios() -> np.ndarray:
    """Return computed over measured k-ratio, shape (measurement,)."""
    quotients = []
    for row in MEASURED:
        share = float(row["mass_fraction"])
        settings = {"beam_energy": 1e3 * float(row["beam_energy"]), "take_off_angle": float(row["take_off_angle"])}
        computed = k_ratio({row["element"]: share, row["other"]: 1 - share}, row["element"], row["label"], **settings)
        quotients.append(computed / float(row["k_ratio"]))
    return np.array(quotients)


def test_measured_k_ratios_of_binary_compounds_are_reproduced() -> None:
    # XPP with the coefficients of its authors gives 1.00 +- 0.02 on all 826 (Pouchou and Pichoir 1991)
    quotients = ratios()
    assert len(quotients) == 52
    assert quotients.mean() == pytest.approx(1.0, abs=0.02)
    assert quotients.std() < 0.035
    assert np.abs(quotients - 1).max() < 0.11
    soft = np.array([row["element"] == "Al" for row in MEASURED])
    assert quotients[soft].mean() == pytest.approx(
        1.06, abs=0.03
    )  # FFAST absorbs it 5 % less than Heinrich's coefficients
    assert quotients[~soft].mean() == pytest.approx(1.0, abs=0.01)


def test_without_the_correction_k_ratios_are_far_from_mass_fractions() -> None:
    apart = np.array([float(row["mass_fraction"]) / float(row["k_ratio"]) for row in MEASURED])
    assert apart.std() > 0.3


@pytest.mark.parametrize("symbol", ["O", "Si", "Fe", "Au"])
def test_a_pure_element_is_the_sum_of_nothing_else(symbol: str) -> None:
    assert k_ratio({symbol: 1.0}, symbol, "Ka" if symbol != "Au" else "Ma") == pytest.approx(1.0)


def test_k412_loses_what_the_study_found_it_to_lose() -> None:
    # development study on NIST spectra, matrix factor I / (C I_pure) of 41 glasses and 40 minerals at 15 keV: ranges
    ranges = {
        "O": (0.19, 0.86),
        "Mg": (0.54, 0.74),
        "Al": (0.60, 0.79),
        "Si": (0.65, 0.98),
        "Ca": (0.87, 1.0),
        "Fe": (0.82, 1.01),
    }
    for symbol, (low, high) in ranges.items():
        assert low < k_ratio(K412, symbol, "Ka") / K412[symbol] < high


def test_soft_lines_suffer_more_at_higher_energies_and_flatter_angles() -> None:
    low, high = (k_ratio(K412, "O", "Ka", beam_energy=energy) for energy in (10e3, 25e3))
    assert low > 1.2 * high
    flat, steep = (intensity(K412, "O", "Ka", take_off_angle=angle) for angle in (20.0, 60.0))
    assert steep > 1.5 * flat


def test_intensities_grow_continuously_over_the_grid_of_beam_energies() -> None:
    for key in (("Si", "Ka"), ("Fe", "Ka"), ("Au", "Ma")):
        for node in (10_000.0, 15_000.0, 15_500.0):
            before, at, after = (intensity({key[0]: 1.0}, *key, beam_energy=node + step) for step in (-2.0, 0.0, 2.0))
            assert before < at < after
            assert at == pytest.approx((before + after) / 2, rel=2e-4)


def test_interpolation_between_beam_energies_is_close_to_the_integral() -> None:
    # a point half-way is straight between its neighbours within a per mille, but near an edge
    lower, half, upper = (intensity({"Si": 1.0}, "Si", "Ka", beam_energy=energy) for energy in (15e3, 15.25e3, 15.5e3))
    assert half == pytest.approx((lower + upper) / 2, rel=1e-3)


def test_table_is_read_between_and_at_its_ends() -> None:
    table = torch.from_numpy(np.stack([BEAM_GRID, 2 * BEAM_GRID]))
    beam = torch.tensor([[4_000.0], [12_345.0], [30_000.0]], dtype=torch.float64)
    np.testing.assert_allclose(_interpolated(table, beam).numpy(), (beam * torch.tensor([1.0, 2.0])).numpy(), rtol=1e-5)


@pytest.mark.parametrize(
    ("symbol", "label", "beam"), [("Zn", "Ka", 9_000.0), ("Au", "La", 11_000.0), ("Fe", "Ka", 7_000.0)]
)
def test_nothing_is_emitted_above_the_beam_energy(symbol: str, label: str, beam: float) -> None:
    assert intensity({symbol: 1.0}, symbol, label, beam_energy=beam) == 0.0
    assert intensity({symbol: 1.0}, symbol, label, beam_energy=beam + 2_000.0) > 0.0


def test_no_continuum_above_the_beam_energy() -> None:
    background = emitted(atoms({"Fe": 1.0}), beam_energy=10_000.0).background[0].numpy()
    assert not background[matrix_model().nodes > 10_000.0].any()
    assert (background[(matrix_model().nodes > 200) & (matrix_model().nodes < 9_500)] > 0).all()


def test_continuum_scale_and_exponent_do_what_they_say() -> None:
    plain = emitted(atoms(K412)).background[0].numpy()
    double = emitted(atoms(K412), continuum_scale=2.0).background[0].numpy()
    np.testing.assert_allclose(double, 2 * plain)
    steeper = emitted(atoms(K412), continuum_exponent=0.1).background[0].numpy() / np.maximum(plain, 1e-300)
    nodes = matrix_model().nodes
    expected = ((15_000.0 - 3_000.0) / 3_000.0) ** 0.1
    assert np.interp(3_000.0, nodes, steeper) == pytest.approx(expected, rel=1e-3)


def test_peak_to_background_of_pure_iron_is_that_of_real_spectra() -> None:
    # of the order of 1e3 in 10 eV at 15 keV: Goldstein et al., Scanning Electron Microscopy and X-ray Microanalysis
    background = emitted(atoms({"Fe": 1.0})).background[0].numpy() / np.gradient(matrix_model().nodes)
    under = 10 * np.interp(6_400.0, matrix_model().nodes, background)
    assert 800 < intensity({"Fe": 1.0}, "Fe", "Ka") / under < 3500


def settings(count: int, dtype: torch.dtype = torch.float64, **changes: float) -> dict[str, torch.Tensor]:
    return {name: torch.full((count,), value, dtype=dtype) for name, value in (defaults() | changes).items()}


@pytest.fixture(scope="module")
def law(library: PureLibrary) -> MatrixMixing:
    names = (list(map(str, library.dataset[name].values)) for name in ("element", "label"))
    return mixing(*names)


def samples(count: int) -> torch.Tensor:
    generator = np.random.default_rng(5)
    fraction = np.zeros((count, len(ELEMENTS)))
    for row in fraction:
        row[generator.choice(len(ELEMENTS), 4, replace=False)] = generator.dirichlet(np.ones(4))
    return torch.from_numpy(fraction)


def test_yields_do_not_depend_on_the_batch(law: MatrixMixing) -> None:
    fraction = samples(9)
    together = law.yields(fraction, settings(9))
    apart = torch.cat([law.yields(fraction[row : row + 1], settings(1)) for row in range(9)])
    torch.testing.assert_close(together, apart, rtol=1e-9, atol=1e-14)


def test_yields_come_in_the_precision_of_the_fractions(law: MatrixMixing) -> None:
    fraction = samples(5)
    single = law.yields(fraction.float(), settings(5, torch.float32))
    double = law.yields(fraction, settings(5))
    assert (single.dtype, double.dtype) == (torch.float32, torch.float64)
    torch.testing.assert_close(single.double(), double, rtol=1e-3, atol=1e-9)


def test_yields_are_defined_where_an_element_is_not(law: MatrixMixing) -> None:
    yields = law.yields(samples(20), settings(20))
    assert yields.isfinite().all()
    assert (yields >= 0).all()


def test_yield_at_zero_is_the_limit_of_small_fractions(law: MatrixMixing) -> None:
    without = torch.from_numpy(atoms({"O": 0.53, "Si": 0.47}))[None]
    with_iron = without.clone()
    with_iron[0, INDEX["Fe"]] = 1e-7
    torch.testing.assert_close(
        law.yields(without, settings(1)), law.yields(with_iron / with_iron.sum(), settings(1)), rtol=1e-4, atol=1e-12
    )


def test_components_of_pure_elements_at_default_have_yields_equal_to_sensitivity(
    law: MatrixMixing, technique: Technique, library: PureLibrary
) -> None:
    pure = law.yields(torch.eye(len(ELEMENTS), dtype=torch.float64), settings(len(ELEMENTS))).numpy()
    names = list(map(str, library.dataset["element"].values))
    for symbol in ("O", "Si", "Ba", "Pb"):
        components = [index for index, name in enumerate(names) if name == symbol]
        areas = relative_areas(defaults())[components]
        seen = pure[INDEX[symbol], components][areas > 1.5e-3]
        np.testing.assert_allclose(seen, technique.sensitivity[symbol], rtol=1e-6)


def test_a_component_finds_its_own_group_whatever_the_order() -> None:
    names = [("Fe", "Kb"), ("", node_label(matrix_model().nodes[5])), ("", "carbon_coat"), ("Si", "Ka")]
    yields = mixing(*zip(*names, strict=True)).yields(torch.from_numpy(atoms(K412))[None], settings(1))[0].numpy()
    direct = emitted(atoms(K412), carbon_coat=defaults()["carbon_coat"])
    iron, silicon = line("Fe", "Kb"), line("Si", "Ka")
    areas = relative_areas(defaults())
    expected = [direct.lines[0, iron] / areas[iron], direct.background[0, 5], direct.layers[0, 0]]
    expected.append(direct.lines[0, silicon] / areas[silicon])
    np.testing.assert_allclose(yields, np.array([float(value) for value in expected]))


def test_a_measured_family_is_the_sum_of_its_groups_as_they_are_counted() -> None:
    yields = mixing(["Fe"], [FAMILIES["K"]]).yields(torch.from_numpy(atoms(K412))[None], settings(1))
    lines = emitted(atoms(K412), carbon_coat=defaults()["carbon_coat"]).lines[0].numpy()
    indices = [line("Fe", "Ka"), line("Fe", "Kb")]
    assert float(yields) == pytest.approx(float(lines[indices] @ nominal_efficiency()[indices]))


def k412_spectrum(technique: Technique, library: PureLibrary) -> xr.Dataset:
    counts = MixedLibrary(technique, library).spectrum(atoms(K412), defaults())[None]
    return xr.Dataset(
        {
            "counts": (("sample", "energy"), 1e5 * counts / counts.max()),
            "observed": (("sample", "energy"), np.ones(counts.shape, dtype=bool)),
        },
        coords={"sample": ["K412"], "energy": ("energy", technique.axis.centres, {"units": "eV"})},
    )


def test_the_linear_law_of_the_article_loses_k412(technique: Technique, library: PureLibrary) -> None:
    from dataclasses import replace

    spectra = k412_spectrum(technique, library)
    truth = atoms(K412)
    linear = replace(technique, mixing=None)
    # what belongs to no element has no linear law: its rows stay out
    keep = np.flatnonzero(library.dataset["element"].values != "")

    class Lines(PureLibrary):
        def build(self) -> xr.Dataset:
            return library.dataset.isel(component=keep)

    def score(composition: xr.Dataset) -> float:
        return float(1 - 0.5 * np.abs(composition["fraction"].values[0] - truth).sum())

    iterated = score(LeastSquares(technique, library).quantify(spectra))
    assert iterated > 0.99
    assert score(LeastSquares(linear, Lines()).quantify(spectra)) < 0.75  # 0.59 to 0.66 on real spectra (the study)


def test_a_narrowed_law_gives_the_same_yields(technique) -> None:
    components = RenderedLibrary(technique).components
    law, index = mixing_law(technique, components), np.array(components.indices(technique.elements))
    rng = np.random.default_rng(0)
    for count in (1, 3, 8):
        elements = rng.choice(len(technique.elements), count, replace=False)
        fraction = np.zeros((2, len(technique.elements)))
        fraction[:, elements] = rng.dirichlet(np.ones(count), 2)
        kept = np.flatnonzero(np.isin(index, elements) | (index < 0))
        values = {name: torch.full((2,), value, dtype=torch.float64) for name, value in technique.defaults().items()}
        whole = law.yields(torch.from_numpy(fraction), values)[:, kept]
        np.testing.assert_allclose(narrowed_law(law, kept).yields(torch.from_numpy(fraction), values), whole, rtol=1e-9)


def test_numpy_and_torch_give_the_same_intensities() -> None:
    samples = np.stack([atoms({"Fe": 0.3, "O": 0.5, "Si": 0.2}), atoms({"Al": 0.4, "O": 0.6})])
    values = {name: np.full(2, value) for name, value in defaults().items()}
    by_numpy = matrix_model().intensities(samples, values)
    tensors = {name: torch.from_numpy(value) for name, value in values.items()}
    by_torch = matrix_model().intensities(torch.from_numpy(samples), tensors)
    for one, other in zip(vars(by_torch).values(), vars(by_numpy).values(), strict=True):
        assert isinstance(other, np.ndarray)
        np.testing.assert_allclose(one.numpy(), other, rtol=1e-9, atol=1e-30)


@pytest.mark.parametrize("labels", [("Ka", "Kb"), (FAMILIES["K"], "La")])
def test_numpy_and_torch_give_the_same_yields(labels: tuple[str, str]) -> None:
    law, fraction = mixing(["Fe", "Fe"], labels), samples(3)
    by_torch = law.yields(fraction, settings(3)).numpy()
    by_numpy = law.yields(fraction.numpy(), {name: value.numpy() for name, value in settings(3).items()})
    np.testing.assert_allclose(by_numpy, by_torch, rtol=1e-9, atol=1e-30)
