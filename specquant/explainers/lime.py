"""LIME on line windows: which windows of one spectrum carry the quantifier's answer for each element.

Ribeiro, Singh & Guestrin, "Why should I trust you?", KDD 2016: switch random parts of the input off, and fit the
answers near the input by a linear surrogate. Its coefficients say what each part contributes.

The choice of parts is random, so that another choice gives other coefficients. How much of the answer that leaves is
the stability: the mean Spearman rank correlation of the windows' weights between repeats with different choices.
Weights below 1 at% count as equal, as the order of what does nothing says nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from specquant.errors import SettingError
from specquant.explainers.base import Explainer, predict, require_number
from specquant.explainers.segments import Segment, flattening, line_segments
from specquant.quantifiers import PRESENT_ABOVE, Quantifier
from specquant.spectra import Spectra
from specquant.technique import EnergyAxis, Floats

_CHUNK = 256
"""Copies that a quantifier is asked at once, so that memory does not grow with their number; chosen."""

_DEFAULT_CHANNELS = 8.0
"""How far a window goes beyond each line's half width, channels: wide enough for tails and small shifts; chosen."""

_KERNEL_WIDTH = 0.25
"""Cosine distance at which the weight of a copy has fallen to 1/e: the usual width of LIME for texts."""

_FEWEST_SAMPLES = 10
"""Copies without which no surrogate can be fitted; far too few for a good one."""


class LineWindowLime(Explainer):
    """Explains each spectrum by windows around the lines of the elements that the quantifier finds in it.

    A window that is switched off becomes a straight line between its borders. All spectra of one call share their
    windows, those of the elements above 1 at% in the answer to any of them; explain one spectrum at a time to have
    windows for it alone.

    Parameters
    ----------
    samples
        Perturbed copies per spectrum, at least 10; several times the number of segments, which is 20 to 60.
    seed
        Seed of the random choice of windows; every spectrum gets the same choice.
    repeats
        How many choices, of seed, seed + 1, ...; each asks for `samples` copies, and the weights are their mean.
    reach
        How far a window goes beyond each line's half width, eV; None is eight channels.
    faintest
        Lines below this intensity, relative to the element's strongest group of lines, get no window.
    ridge
        Penalty on the squared coefficients, relative to the total weight of the samples.

    Raises
    ------
    SettingError
        If a setting is not a usable number.
    """

    name = "lime"

    def __init__(
        self,
        samples: int = 1000,
        seed: int = 0,
        repeats: int = 1,
        reach: float | None = None,
        faintest: float = 0.05,
        ridge: float = 1e-3,
    ) -> None:
        self._samples = _whole("samples", samples, _FEWEST_SAMPLES)
        self._seed = _whole("seed", seed, 0)
        self._repeats = _whole("repeats", repeats, 1)
        self._reach = None if reach is None else require_number("reach", reach, above=0.0)
        self._faintest = require_number("faintest", faintest, least=0.0)
        self._ridge = require_number("ridge", ridge, above=0.0)

    def attribute(self, quantifier: Quantifier, spectra: Spectra | None) -> xr.Dataset:
        """Return weight(sample, element, segment), fidelity and stability(sample, element), and the fraction explained.

        The weight is what the segment, left on, adds to the element's fraction; the fidelity is the weighted R2 of the
        surrogate; the stability is the mean rank correlation between repeats, NaN of a single one. Elements at or below
        1 at% have weights 0, and fidelity and stability NaN. Segments have the coordinates `label`, and `start` and
        `stop`, the centres of their first and last channel in eV.
        """
        if spectra is None:
            raise SettingError("needs spectra to explain", where="explainer lime", todo="Name a FILE, or give SPECTRA.")
        technique = quantifier.technique
        fraction = quantifier.answer(spectra).fraction
        wanted = fraction > PRESENT_ABOVE
        present = [technique.elements[column] for column in np.flatnonzero(np.any(wanted, axis=0))]
        reach = _DEFAULT_CHANNELS * technique.axis.step if self._reach is None else self._reach
        segments = line_segments(technique, present, reach, self._faintest)
        weight = np.zeros((*fraction.shape, len(segments)))
        fidelity, stability = np.full((2, *fraction.shape), np.nan)
        for row in range(len(spectra)):
            columns = np.flatnonzero(wanted[row])
            slopes, fits = self._explained(quantifier, spectra.take([row]), segments, columns)
            weight[row, columns] = slopes.mean(axis=0).T
            fidelity[row, columns] = fits.mean(axis=0)
            stability[row, columns] = [rank_agreement(slopes[:, :, index]) for index in range(columns.size)]
        dataset = _dataset(weight, {"fidelity": fidelity, "stability": stability}, fraction, segments, technique.axis)
        return dataset.assign_coords(sample=list(spectra.labels()), element=list(technique.elements)).assign_attrs(
            lime_samples=self._samples, lime_repeats=self._repeats, seed=self._seed, lime_reach_eV=reach
        )

    def _explained(
        self,
        quantifier: Quantifier,
        spectrum: Spectra,
        segments: tuple[Segment, ...],
        columns: NDArray[np.intp],
    ) -> tuple[Floats, Floats]:
        """Return coefficients (repeat, segment, column) and fidelity (repeat, column) of one spectrum."""
        counts, observed = spectrum.counts[0].astype(np.float64), spectrum.observed[0]
        active = [index for index, part in enumerate(segments) if observed[part.first : part.last + 1].any()]
        slopes = np.zeros((self._repeats, len(segments), columns.size))
        fidelity = np.full((self._repeats, columns.size), np.nan)
        changes = flattening(counts, observed, segments)[active]
        for repeat in range(self._repeats if active else 0):
            kept = _draw(self._samples, len(active), np.random.default_rng(self._seed + repeat))
            answers = predict(quantifier, _copies(spectrum, changes, kept))[:, columns]
            slopes[repeat, active], fidelity[repeat] = _surrogate(
                kept.astype(np.float64), answers, _kernel(kept), self._ridge
            )
        return slopes, fidelity


def rank_agreement(weights: Floats) -> float:
    """Return the mean Spearman rank correlation between repeats over all pairs, -1 to 1; NaN where it has no meaning.

    That is, for fewer than two repeats, and where no weight reaches 1 at%. A repeat in which none does agrees with no
    other: its correlations are 0. Of `weights` (repeat, segment), atomic fractions, those below 1 at% count as equal;
    equal ones share their mean rank.
    """
    levelled = np.where(np.abs(weights) < PRESENT_ABOVE, 0.0, weights)
    if len(levelled) < 2 or not levelled.any():
        return float("nan")
    ranks = np.array([_ranks(row) for row in levelled])
    ranks -= ranks.mean(axis=1, keepdims=True)
    length = np.sqrt((ranks**2).sum(axis=1, keepdims=True))
    unit = np.divide(ranks, length, out=np.zeros_like(ranks), where=length > 0)
    return float((unit @ unit.T)[np.triu_indices(len(unit), 1)].mean())


def _ranks(values: Floats) -> Floats:
    """Return ranks from 1 on; equal values share the mean of theirs."""
    _, inverse, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2)[inverse])


def _draw(samples: int, parts: int, generator: np.random.Generator) -> NDArray[np.bool_]:
    """Return which parts each sample keeps, (sample, part); the first keeps all, the others lose 1 .. all of them.

    How many is drawn evenly, so that samples near and far from the spectrum both occur, whatever the number of parts.
    """
    lost = generator.integers(1, parts, size=samples, endpoint=True)
    lost[0] = 0
    rank = generator.random((samples, parts)).argsort(axis=1).argsort(axis=1)
    return np.asarray(rank >= lost[:, None])


def _kernel(kept: NDArray[np.bool_]) -> Floats:
    """Return LIME's exponential kernel of the cosine distance to the sample that keeps all, shape (sample,)."""
    distance = 1.0 - np.sqrt(kept.mean(axis=1))
    return np.asarray(np.exp(-((distance / _KERNEL_WIDTH) ** 2)))


def _copies(spectrum: Spectra, changes: Floats, kept: NDArray[np.bool_]) -> Iterator[Spectra]:
    """Yield copies of one spectrum with the changes (part, energy) of the parts that are not kept (sample, part)."""
    counts = spectrum.counts[0].astype(np.float64)
    for first in range(0, len(kept), _CHUNK):
        off = ~kept[first : first + _CHUNK]
        copies = spectrum.take(np.zeros(len(off), dtype=np.int64))
        yield replace(copies, counts=counts + off.astype(np.float64) @ changes)


def _surrogate(kept: Floats, answers: Floats, kernel: Floats, ridge: float) -> tuple[Floats, Floats]:
    """Fit answers (sample, column) by kept parts (sample, part): weighted ridge with a free intercept.

    Returns coefficients (part, column) and the weighted R2 (column,), NaN where all answers are the same.
    """
    share = kernel / kernel.sum()
    inputs = kept - share @ kept
    targets = answers - share @ answers
    normal = (inputs * share[:, None]).T @ inputs
    slopes: Floats = np.linalg.solve(normal + ridge * np.eye(len(normal)), (inputs * share[:, None]).T @ targets)
    spread = share @ targets**2
    missed = share @ (targets - inputs @ slopes) ** 2
    constant = spread <= 1e-20
    fidelity = np.where(constant, np.nan, 1.0 - missed / np.where(constant, 1.0, spread))
    return slopes, fidelity


def _dataset(
    weight: Floats, quality: Mapping[str, Floats], fraction: Floats, segments: tuple[Segment, ...], axis: EnergyAxis
) -> xr.Dataset:
    units = {"units": "atomic fraction"}
    meaning = {
        "fidelity": "weighted R2 of the surrogate",
        "stability": "mean rank correlation of the weights between repeats",
    }
    return xr.Dataset(
        {
            "weight": (("sample", "element", "segment"), weight, units | {"long_name": "LIME weight"}),
            **{
                name: (("sample", "element"), quality[name], {"units": "1", "long_name": long_name})
                for name, long_name in meaning.items()
            },
            "fraction": (("sample", "element"), fraction, units | {"long_name": "prediction that is explained"}),
        },
        coords={
            "label": ("segment", np.array([part.label for part in segments], dtype=object)),
            "start": ("segment", axis.centres[[part.first for part in segments]], {"units": axis.unit}),
            "stop": ("segment", axis.centres[[part.last for part in segments]], {"units": axis.unit}),
        },
    )


def _whole(name: str, value: int, least: int) -> int:
    number = require_number(name, value, least=least)
    if not number.is_integer():
        raise SettingError("cannot be used", where=name, found=repr(value), wanted="a whole number")
    return int(value)
