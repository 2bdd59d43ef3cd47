from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray
from scipy.optimize import minimize

from specquant.constraints import Constraints
from specquant.discovery import load_plugin
from specquant.fits import LeastSquares, PoissonLikelihood, unmixing
from specquant.fits.model.backgrounds import ramps, smooth_hats
from specquant.fits.unmixing import Unmixing
from specquant.fixedfractions import parse_fixed
from specquant.library import MixedLibrary, RenderedLibrary, pure_spectra
from specquant.quantifiers import Estimate
from specquant.spectra import Spectra
from specquant.technique import Floats, Technique

FITS = [LeastSquares, PoissonLikelihood]


def mixtures(toy: Technique, count: int, seed: int = 5) -> tuple[Floats, Floats]:
    """Return compositions of three elements each, and their exact spectra with 1e4 counts in the strongest channel."""
    rng = np.random.default_rng(seed)
    truth = np.zeros((count, len(toy.elements)))
    for row in truth:
        row[rng.choice(row.size, 3, replace=False)] = rng.dirichlet(np.ones(3))
    spectra = truth @ pure_spectra(toy, RenderedLibrary(toy))
    return truth, 1e4 * spectra / spectra.max(axis=1, keepdims=True)


def answer(
    fit: Unmixing, counts: Floats, observed: NDArray[np.bool_] | None = None, stated: Floats | None = None
) -> Estimate:
    seen = np.ones(counts.shape, dtype=bool) if observed is None else observed
    return fit.answer(Spectra(counts, seen, np.zeros((len(counts), 0)) if stated is None else stated))


def found(fit: Unmixing, counts: Floats, observed: NDArray[np.bool_] | None = None) -> Floats:
    return answer(fit, counts, observed).fraction


def accuracy(found: Floats, truth: Floats) -> float:
    return float((1 - 0.5 * np.abs(found - truth).sum(axis=1)).mean())


@pytest.mark.parametrize("kind", FITS)
class TestBoth:
    def test_exact_mixtures_are_recovered(self, toy: Technique, kind: type[Unmixing]) -> None:
        truth, counts = mixtures(toy, 20)
        assert accuracy(found(kind(toy, RenderedLibrary(toy)), counts), truth) >= 0.999

    def test_noisy_mixtures_are_recovered(self, toy: Technique, kind: type[Unmixing]) -> None:
        truth, counts = mixtures(toy, 40)
        noisy = np.random.default_rng(1).poisson(counts).astype(float)
        assert accuracy(found(kind(toy, RenderedLibrary(toy)), noisy), truth) >= 0.97

    def test_smooth_background_changes_little(self, toy: Technique, kind: type[Unmixing]) -> None:
        truth, counts = mixtures(toy, 10)
        background = 1000.0 + 1000.0 * np.linspace(0, 1, toy.axis.size)
        assert accuracy(found(kind(toy, RenderedLibrary(toy)), counts + background), truth) >= 0.98

    def test_scale_of_the_counts_changes_nothing(self, toy: Technique, kind: type[Unmixing]) -> None:
        counts = np.random.default_rng(1).poisson(mixtures(toy, 5)[1]).astype(float)
        fit = kind(toy, RenderedLibrary(toy))
        for scale in (1e-3, 1e-7):
            np.testing.assert_allclose(found(fit, scale * counts), found(fit, counts), atol=1e-6)

    def test_unobserved_channels_are_ignored(self, toy: Technique, kind: type[Unmixing]) -> None:
        truth, counts = mixtures(toy, 5)
        observed = np.ones(counts.shape, dtype=bool)
        observed[:, :15] = observed[:, 195:] = False
        spoilt = np.where(observed, counts, 1e6)
        fit = kind(toy, RenderedLibrary(toy))
        np.testing.assert_array_equal(found(fit, spoilt, observed), found(fit, counts, observed))
        assert accuracy(found(fit, spoilt, observed), truth) >= 0.995

    def test_rows_sum_to_one_and_no_amount_is_negative(self, toy: Technique, kind: type[Unmixing]) -> None:
        noise = np.random.default_rng(2).poisson(3.0, (10, toy.axis.size)).astype(float)
        fractions = found(kind(toy, RenderedLibrary(toy)), noise)
        assert fractions.min() >= 0.0
        np.testing.assert_allclose(fractions.sum(axis=1), 1.0, atol=1e-12)

    def test_empty_spectrum_gives_no_preference(self, toy: Technique, kind: type[Unmixing]) -> None:
        fractions = found(kind(toy, RenderedLibrary(toy)), np.zeros((1, toy.axis.size)))
        np.testing.assert_allclose(fractions, 1.0 / len(toy.elements))

    def test_interval_is_not_known(self, toy: Technique, kind: type[Unmixing]) -> None:
        _, counts = mixtures(toy, 2)
        estimate = answer(kind(toy, RenderedLibrary(toy)), counts)
        assert np.isnan(estimate.lower).all()
        assert np.isnan(estimate.upper).all()

    def test_what_is_known_of_elements_is_in_the_fit(self, toy: Technique, kind: type[Unmixing]) -> None:
        """Nitrogen is excluded, oxygen fixed: Li and B share the rest as their lines say. Nothing speaks for no one."""
        fit, elements = kind(toy, RenderedLibrary(toy)), toy.elements
        lines = np.array([[0.2, 0.0, 0.6, 0.0, 0.2, 0.5]]) @ pure_spectra(toy, fit.library)
        counts = 1e4 * np.vstack([lines, np.zeros_like(lines)])
        known = Constraints.of(elements, excluded=("N",), fixed=parse_fixed(("O=60",), elements)).repeated(2)
        shares, empty = fit.estimate(
            Spectra(counts, np.ones(counts.shape, dtype=bool), np.zeros((2, 0)), known)
        ).fraction
        assert shares[[4, 5]].tolist() == pytest.approx([0.0, 0.6])
        assert shares[2] / shares[0] == pytest.approx(3.0, rel=0.05)
        np.testing.assert_allclose(empty, 1 / 6)

    def test_element_that_the_library_lacks_is_never_found(self, toy: Technique, kind: type[Unmixing]) -> None:
        library = RenderedLibrary(toy)
        oxygen = toy.elements.index("O")
        library.dataset = library.dataset.isel(component=library.dataset["element"].values != "O")
        _, counts = mixtures(toy, 10)
        assert not found(kind(toy, library), counts)[:, oxygen].any()


def test_quantify_answers_under_the_contract(toy: Technique) -> None:
    truth, counts = mixtures(toy, 4)
    spectra = xr.Dataset(
        {
            "counts": (("sample", "energy"), counts),
            "observed": (("sample", "energy"), np.ones(counts.shape, dtype=bool)),
        },
        coords={"sample": list("abcd"), "energy": toy.axis.centres},
    )
    composition = LeastSquares(toy, RenderedLibrary(toy)).quantify(spectra)
    assert composition.attrs["method"] == "nnls"
    np.testing.assert_array_equal(composition["presence"].values, composition["fraction"].values >= 0.01)
    np.testing.assert_array_equal(composition["presence"].values, truth >= 0.01)


@pytest.mark.parametrize("level", [30.0, 1e4])
def test_poisson_likelihood_reaches_the_optimum(toy: Technique, level: float) -> None:
    _, counts = mixtures(toy, 6, seed=9)
    noisy = np.random.default_rng(3).poisson(counts * level / 1e4 + 0.02 * level).astype(float)
    fit = PoissonLikelihood(toy, RenderedLibrary(toy))
    design, tight = fit._nominal.matrix, {"maxiter": 5000, "ftol": 1e-15, "gtol": 1e-10}

    def loss(amounts: Floats, target: Floats) -> tuple[float, Floats]:
        model = np.maximum(design @ amounts, 1e-12)
        return float((model - target * np.log(model)).sum()), design.T @ (1.0 - target / model)

    for spectrum in noisy:
        target = spectrum / spectrum.max()
        ours = fit._fit(target[None], np.ones((1, target.size), dtype=bool), design)[0]
        start = np.full(design.shape[1], target.sum() / design.sum())
        best = minimize(loss, start, (target,), "L-BFGS-B", jac=True, bounds=[(0, None)] * start.size, options=tight)
        # in units of the likelihood of whole counts, where one standard deviation is 0.5
        assert (loss(ours, target)[0] - best.fun) * spectrum.max() < 0.05


def test_the_first_and_the_last_hat_end_where_the_axis_does() -> None:
    hats = smooth_hats(301)
    assert hats[0, 0] == hats[-1, -1] == pytest.approx(1.0)
    np.testing.assert_allclose(hats, hats[::-1, ::-1], atol=1e-12)


def test_ramps_fall_and_rise_from_one_end_to_the_other() -> None:
    np.testing.assert_allclose(ramps(5), [[1.0, 0.75, 0.5, 0.25, 0.0], [0.0, 0.25, 0.5, 0.75, 1.0]])


def test_amounts_become_fractions_however_small_they_are() -> None:
    fractions = unmixing._normalised(np.array([[0.1, 0.3], [1e-9, 0.0], [0.0, 0.0]]))
    np.testing.assert_allclose(fractions, [[0.25, 0.75], [1.0, 0.0], [0.5, 0.5]])


def test_hats_sum_to_one_and_are_smooth() -> None:
    hats = smooth_hats(301)
    assert hats.min() >= 0.0
    np.testing.assert_allclose(hats.sum(axis=0), 1.0, atol=1e-12)
    assert np.abs(np.diff(hats, axis=1)).max() < 0.05


@pytest.fixture
def bulk(thirdparty: Path) -> Technique:  # noqa: ARG001
    return load_plugin("bulk").technique


def of_bulk(bulk: Technique, voltages: Floats, seed: int = 5) -> tuple[Floats, Floats, Floats]:
    """Return compositions of three elements, exact spectra at these voltages, and what is stated of them."""
    rng = np.random.default_rng(seed)
    mixed = MixedLibrary(bulk, RenderedLibrary(bulk))
    truth = np.zeros((len(voltages), len(bulk.elements)))
    for row in truth:
        row[rng.choice(row.size, 3, replace=False)] = rng.dirichlet(np.ones(3))
    values = [bulk.defaults() | {"voltage": voltage} for voltage in voltages]
    counts = np.array([mixed.spectrum(row, value) for row, value in zip(truth, values, strict=True)])
    stated = np.column_stack([voltages, np.full(len(voltages), np.nan)])
    return truth, 1e4 * counts / counts.max(axis=1, keepdims=True), stated


@pytest.mark.parametrize("kind", FITS)
class TestLawThatIsNotLinear:
    def answer(self, fit: Unmixing, counts: Floats, stated: Floats) -> Floats:
        return answer(fit, counts, stated=stated).fraction

    def test_rounds_settle_on_the_composition(self, bulk: Technique, kind: type[Unmixing]) -> None:
        truth, counts, stated = of_bulk(bulk, np.linspace(5.0, 20.0, 20))
        found = self.answer(kind(bulk, RenderedLibrary(bulk)), counts, stated)
        assert accuracy(found, truth) > (0.985 if kind is PoissonLikelihood else 0.995)  # 300 steps do not always do

    def test_the_first_round_alone_does_not(
        self, bulk: Technique, kind: type[Unmixing], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        truth, counts, stated = of_bulk(bulk, np.linspace(5.0, 20.0, 20))
        monkeypatch.setattr(unmixing, "_ROUNDS", 0)
        assert accuracy(self.answer(kind(bulk, RenderedLibrary(bulk)), counts, stated), truth) < 0.97

    def test_what_is_stated_is_used_and_defaults_where_it_is_not(self, bulk: Technique, kind: type[Unmixing]) -> None:
        fit = kind(bulk, RenderedLibrary(bulk))
        truth, counts, stated = of_bulk(bulk, np.full(10, 20.0))
        unstated = self.answer(fit, counts, np.full_like(stated, np.nan))
        np.testing.assert_array_equal(unstated, self.answer(fit, counts, np.tile([10.0, 40.0], (10, 1))))
        assert accuracy(self.answer(fit, counts, stated), truth) > accuracy(unstated, truth) + 0.01

    def test_a_spectrum_is_fitted_by_itself(self, bulk: Technique, kind: type[Unmixing]) -> None:
        fit = kind(bulk, RenderedLibrary(bulk))
        _, counts, stated = of_bulk(bulk, np.array([6.0, 15.0, 15.0]))
        together, alone = self.answer(fit, counts, stated), self.answer(fit, counts[1:2], stated[1:2])
        np.testing.assert_allclose(together[1:2], alone, atol=1e-6)

    def test_empty_spectrum_gives_no_preference(self, bulk: Technique, kind: type[Unmixing]) -> None:
        found = self.answer(kind(bulk, RenderedLibrary(bulk)), np.zeros((1, 201)), np.full((1, 2), np.nan))
        np.testing.assert_allclose(found, 1.0 / 6.0)


def test_squared_steps_reach_a_line_that_is_not_there() -> None:
    """The middle of three lines that overlap by half has no counts: its amount falls to nothing."""
    channels, truth = np.arange(200.0), np.array([[300.0, 0.0, 100.0]])
    matrix = np.stack([np.exp(-0.5 * ((channels - centre) / 8.0) ** 2) for centre in (92, 100, 108)], axis=1)
    target, sums = truth @ matrix.T, np.ones((1, 200)) @ matrix
    amounts = np.full((1, 3), 400.0 / 3)
    for _ in range(60):
        amounts = unmixing._squared_step(amounts, target, sums, matrix)
        assert amounts.min() > 0.0
    np.testing.assert_allclose(amounts, truth, atol=0.01)


def test_squared_steps_converge_where_single_ones_crawl() -> None:
    """Three lines that overlap by half: 30 steps of expectation maximisation are far off, 10 squared ones are not."""
    channels, truth = np.arange(200.0), np.array([[300.0, 40.0, 100.0]])
    matrix = np.stack([np.exp(-0.5 * ((channels - centre) / 8.0) ** 2) for centre in (92, 100, 108)], axis=1)
    target, sums = truth @ matrix.T, np.ones((1, 200)) @ matrix
    single = squared = np.repeat(target.sum(axis=1, keepdims=True) / sums.sum(axis=1, keepdims=True), 3, axis=1)
    for _ in range(10):
        squared = unmixing._squared_step(squared, target, sums, matrix)
        for _ in range(3):
            single = unmixing._step(single, target, sums, matrix)
    assert np.abs(single - truth).max() > 10.0
    np.testing.assert_allclose(squared, truth, atol=1e-3)
