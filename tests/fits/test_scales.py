"""Scales of parameters on which spectra change evenly."""

from dataclasses import replace

import numpy as np
import pytest

from specquant.discovery import load_plugin
from specquant.fits.model.forward import ForwardModel
from specquant.fits.model.scales import Scales
from specquant.library import RenderedLibrary
from specquant.validation.fits import fit_problems

NAMES = ["share", "constant", "plain", "layer"]
KINDS = {"share": "repeated", "constant": "logarithm", "layer": "exponential"}
VALUES = np.array([0.9, 240.0, -3.0, 0.4])


def test_a_scale_leads_there_and_back() -> None:
    scales = Scales(NAMES, KINDS)
    places = scales.of(VALUES)
    assert places[1:] == pytest.approx([np.log(240.0), -3.0, np.exp(0.4)])
    assert scales.back(places) == pytest.approx(VALUES)


def test_slopes_are_what_differences_say() -> None:
    scales, step = Scales(NAMES, KINDS), 1e-6
    assert scales.slopes(VALUES) == pytest.approx((scales.of(VALUES + step) - scales.of(VALUES - step)) / (2 * step))


def test_spectra_bend_less_along_the_scales_of_a_technique() -> None:
    """From the low end of what is usual to the high one, half of the change is reached halfway along the scale."""
    technique = load_plugin("xps").technique
    assert technique.fit is not None
    model = ForwardModel(technique, RenderedLibrary(technique))
    usual, rows = {**technique.defaults(), **technique.fit.priors.usual}, model._physics.rows[:20].sum(axis=0)
    for name, (low, high) in {"loss_probability": (0.9, 0.97), "loss_constant": (60, 600), "overlayer": (0, 1)}.items():
        scales, ends = Scales([name], technique.fit.priors.scales), np.array([low, high], dtype=float)
        middle = scales.back(scales.of(ends[:1]) / 2 + scales.of(ends[1:]) / 2)
        values = [*ends, *middle, ends.mean()]
        first, last, along, straight = model._physics.through(
            rows[None].astype(float), [{**usual, name: float(value)} for value in values]
        )
        bent, without = (np.abs(each - (first + last) / 2).sum() for each in (along, straight))
        assert bent < 0.5 * without, name


@pytest.mark.parametrize(
    ("scales", "wrong"),
    [
        ({"nothing": "logarithm"}, "nothing"),
        ({"loss_constant": "loglog"}, "loglog"),
        ({"overlayer": "logarithm"}, "does not suit its range"),
    ],
)
def test_scales_are_checked(scales: dict[str, str], wrong: str) -> None:
    technique = load_plugin("xps").technique
    assert technique.fit is not None
    fit = replace(technique.fit, priors=replace(technique.fit.priors, scales=scales))
    assert any(wrong in str(problem) for problem in fit_problems(replace(technique, fit=fit)))
