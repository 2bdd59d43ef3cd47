"""Fits of fresh spectra with many counts: the physics is the fit's own, so that they have to explain all there is."""

from dataclasses import replace

import numpy as np
import pytest

from specquant.fits.descent.fitting import Fit, ended, fit_from
from specquant.fits.model.point import Point
from specquant.fits.presence.exchange import only_with
from specquant.fits.presence.layers import FAR_TOO_THICK, Layers
from specquant.session import open_session
from specquant.synthesizer import Batch

SEED, MANY = 31, 1e6
"""Seed of the spectra, and the counts of the strongest channel from which on they are many."""

COUNT = 6
"""Spectra that are fitted."""

EXPLAINED = 1.7
"""Misfit up to which a spectrum counts as explained; the median is 0.6. A trace of an element may be left over."""

SLACK = 5.0
"""Decrease of cost that a fit begun at the truth may find."""


@pytest.fixture(scope="module")
def drawn() -> tuple[Batch, list[int], list[Fit]]:
    """Return a block of fresh spectra, the rows with many counts, and the fits of their answers."""
    session = open_session("eds")
    batch = session.synthesizer(session.technique.recipe("field"), SEED, "evaluation").batch(0, 128)
    rows = np.flatnonzero(batch.nuisance["peak_counts"][1] > MANY)[:COUNT]
    hybrid = session.methods(["hybrid"])["hybrid"]
    fits = hybrid.with_fits(batch.spectra().take(rows))[1]  # type: ignore[attr-defined]
    return batch, rows.tolist(), fits


def begun_at_truth(batch: Batch, row: int, fit: Fit) -> Fit:
    """Return the fit with the same elements, begun where the spectrum was drawn."""
    model, fraction = fit.model, batch.fraction[row].numpy().astype(np.float64)
    nuisance = {name: values[row] for name, (_, values) in batch.nuisance.items()}
    families = model.families(fit.chosen)
    of_elements = [family.weights > 0 for family in families]
    factors = [
        float(nuisance["component_factor"][members].mean()) if family.element >= 0 else 1.0
        for family, members in zip(families, of_elements, strict=True)
    ]
    atoms = np.zeros_like(fraction)
    atoms[fit.chosen] = np.maximum(fraction[fit.chosen] * nuisance["sensitivity_factor"][fit.chosen], 1e-4)
    atoms[~np.isfinite(atoms)] = 1e-4
    values = {p.name: float(batch.parameters[p.name][row]) for p in model.parameters}
    level = nuisance["background_level"] * nuisance["peak_counts"]
    background = level * (1 + nuisance["background_slope"] * np.array([-1.0, 1.0]))
    values = {**fit.target.stated, **values}
    point = Point(atoms, np.nan_to_num(np.array(factors), nan=1.0), values, 0.0, np.zeros(2))
    spectrum = model.spectrum(point, families)[fit.target.seen]
    point = replace(point, atoms=atoms * nuisance["peak_counts"] / spectrum.max(), background=background)
    return ended(fit_from(model, fit.target, point, fit.chosen))


def test_they_explain_the_spectra(drawn: tuple[Batch, list[int], list[Fit]]) -> None:
    assert [fit.misfit for fit in drawn[2] if fit.misfit > EXPLAINED] == []


def test_a_fit_begun_at_the_truth_is_not_better(drawn: tuple[Batch, list[int], list[Fit]]) -> None:
    batch, rows, fits = drawn
    better = [fit.cost - begun_at_truth(batch, row, fit).cost for row, fit in zip(rows, fits, strict=True)]
    assert [gain for gain in better if gain > SLACK] == []


def test_lines_of_families_add_up_to_the_spectrum_with_pile_up(drawn: tuple[Batch, list[int], list[Fit]]) -> None:
    fit = drawn[2][0]
    point = replace(fit.point, values={**fit.point.values, "pile_up": 0.03})
    linear = fit.model.at(point, fit.model.families(fit.chosen))
    spectrum = linear.spectrum - point.background @ fit.model.hats
    np.testing.assert_allclose(linear.families.sum(axis=0), spectrum, rtol=0.03, atol=1e-4 * spectrum.max())


def test_the_pedestal_is_found(drawn: tuple[Batch, list[int], list[Fit]]) -> None:
    batch, rows, fits = drawn
    level = (batch.nuisance["background_level"][1] * batch.nuisance["peak_counts"][1])[rows]
    row = int(np.argmax(level))
    assert fits[row].point.background.mean() == pytest.approx(level[row], rel=0.25)


def test_layers_that_are_foreseen_far_too_thick_are_too_thick_where_they_are_fitted() -> None:
    session = open_session("eds")
    batch = session.synthesizer(session.technique.recipe("field"), SEED, "evaluation").batch(0, 32)
    fits = session.methods(["hybrid"])["hybrid"].with_fits(batch.spectra())[1]  # type: ignore[attr-defined]
    seen = []
    for fit in fits:
        layers = Layers(fit.model)
        for element in set(layers.of) & set(fit.chosen.tolist()):
            name, others = layers.of[element], fit.chosen != element
            if fit.point.fraction[element] <= 0.5 and others.any():
                foreseen = layers.excess(fit, name, layers.foreseen(fit, element, name))
                fitted = layers.excess(fit, name, only_with(fit, others).point.values[name])
                seen.append((foreseen, fitted))
    foreseen, fitted = np.array(seen).T
    assert (foreseen >= FAR_TOO_THICK).sum() >= 2
    assert (fitted[foreseen >= FAR_TOO_THICK] >= 1.0).all()
    usual = fitted < 1.0
    np.testing.assert_allclose(foreseen[usual], fitted[usual], rtol=0.35)
