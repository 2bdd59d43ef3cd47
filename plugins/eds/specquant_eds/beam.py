"""The beam energy of a spectrum by the end of its continuum: no photon has more energy than an electron (Duane-Hunt).

Near its end the continuum is that of continuum.py, since photons of nearly the beam energy come from the surface and
are not absorbed. What lies beyond is pile-up, which is the spectrum folded with itself, and a pedestal: cosmic rays and
noise of the electronics. For every energy that the end may have, the three are fitted to all channels from some way
below it; lines stand out of the fit below the end, and count little there.
"""

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.ndimage import gaussian_filter1d

from specquant.plugin import Floats, ParameterEstimate, RawSpectrum
from specquant_eds.detector import active_share, fwhm, pile_up_weight
from specquant_eds.instrument import defaults

_BIN = 40.0
"""Width in eV of what is fitted: a quarter of what a detector resolves at these energies."""

_LOWEST, _FIRST = 2_500.0, 800.0
"""eV: the least beam energy that is looked for, and the softest photons that pile-up is computed from."""

_COARSE, _FINE = 0.02, 0.004
"""Relative steps of the end of the continuum in the first search and in the second: the end is wanted to 2 %."""

_NEAR = 0.06
"""Relative distance from the first search's end up to which the second looks."""

_LONG, _MIDDLE, _SHORT = 0.45, 0.6, 0.7
"""Share of the end from which on bins count, in the three searches: chosen, first much, so that a line is not taken for
it, then little, so that absorption in the sample does not matter."""

_AROUND = (0.7, 1.5)
"""Ends, relative to the last one, among which the second search looks in the same bins."""

_ROUNDS = 3
"""Times that the second search is done at most, until its end stays."""

_EXPONENTS = (0.9, 1.05, 1.2)
"""Exponents of the continuum that are tried: continuum.py has 0.85 to 1.3 from uranium to carbon."""

_ITERATIONS = 4
"""Times that bins are weighted anew: chosen, lines are gone after three."""

_OUTSTANDING = 2.0
"""Standard errors above the fit at which a bin below the end counts half: chosen."""

_MODEL_ERROR = 0.03
"""Relative error of the continuum's law in any bin (docs/explanation/physics-eds.md: 5 % along the whole of it)."""

_ROOM = 0.04
"""Share of the end that the axis has to go on for beyond it, so that what lies beyond is seen."""

_LAST = 0.8
"""Share of the end from which on the counts of the continuum are what knows it."""

_LEAST_COUNTS = 600.0
"""Counts of those from which on the end is claimed: with 400 to 500, one in ten is off by 2 to 4 %
(docs/decisions/0015-unstated.md)."""

_SURE, _SURE_SHARE = 600.0, 0.25
"""By how much an end has to fit better than none on the axis, in squared standard errors, or, of few counts, by which
share of them: half of what spectra with an end on the axis show (docs/decisions/0015-unstated.md)."""

_BEYOND = (1.0, 1.05, 1.1, 1.2, 1.4, 2.0)
"""Ends beyond the axis, relative to its own, that stand for none on it."""

_ACTIVE = defaults()["active_layer"]
"""Active silicon of a usual detector, mm."""

_NOISE = defaults()["noise"]
"""FWHM in eV of the electronic noise of a usual detector."""

_ERROR = 0.01
"""Relative standard deviation of the end that is found (docs/decisions/0015-unstated.md)."""


def beam_energy(raw: RawSpectrum) -> ParameterEstimate:
    """Return the beam energy, eV, that the end of the continuum shows on the whole axis of a file."""
    energy, counts = _binned(np.asarray(raw.energy, dtype=np.float64), np.asarray(raw.counts, dtype=np.float64))
    top = float(energy[-1]) if energy.size else 0.0
    if top < _LOWEST * (1 + _ROOM) ** 2:
        return ParameterEstimate.unknown("the axis is too short to hold the end of the continuum")
    scene = _Scene(energy, counts)
    end = _end(scene, top)
    low = _SHORT * end
    if end * (1 + _ROOM) > top:
        return ParameterEstimate.unknown("the continuum goes on to the end of the axis")
    costs, counts = scene.fitted(np.array([end]), low)
    cost, continuum = float(costs[0]), float(counts[0])
    gain = float(scene.fitted(top * np.array(_BEYOND), low)[0].min()) - cost
    if continuum < _LEAST_COUNTS:
        return ParameterEstimate.unknown("there are too few counts where the continuum ends")
    if gain < min(_SURE, _SURE_SHARE * continuum):
        return ParameterEstimate.unknown("the continuum shows no end on the axis")
    return ParameterEstimate(end, _ERROR * end, "by the end of the continuum")


def _end(scene: "_Scene", top: float) -> float:
    """Return where the continuum ends, if it does."""
    ends = np.exp(np.arange(np.log(_LOWEST), np.log(top / (1 + _ROOM / 2)), _COARSE))
    usual = _EXPONENTS[len(_EXPONENTS) // 2]
    none = scene.costs(np.full(ends.size, 2.0 * top), _LONG * ends, usual)[0]
    end = float(ends[np.argmax(none - scene.costs(ends, _LONG * ends, usual)[0])])
    for _ in range(_ROUNDS):
        near = ends[(ends > _AROUND[0] * end) & (ends < _AROUND[1] * end)]
        before, end = end, float(near[np.argmin(scene.costs(near, _MIDDLE * end, usual)[0])])
        if end == before:
            break
    fine = end * np.exp(np.arange(-_NEAR, _NEAR, _FINE))
    return float(fine[np.argmin(scene.fitted(fine, _SHORT * end)[0])])


def _binned(energy: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Return the centres (bin,) of bins from zero on, and the counts in each."""
    size = max(int(energy[-1] // _BIN), 0)
    width = float(np.median(np.diff(energy)))
    limits = np.append(energy - width / 2, energy[-1] + width / 2)
    edges = (np.arange(size + 1) - 0.5) * _BIN
    total = np.interp(edges, limits, np.concatenate([[0.0], np.cumsum(counts)]))
    return np.asarray(np.arange(size) * _BIN), np.asarray(np.diff(total))


class _Scene:
    """What one spectrum is fitted with, whatever the end of its continuum."""

    def __init__(self, energy: Floats, counts: Floats) -> None:
        self._energy, self._counts = energy, counts
        soft = np.where(energy >= _FIRST, counts * pile_up_weight(energy), 0.0)
        size = next_fast_len(2 * energy.size, real=True)
        folded = irfft(rfft(soft, size) ** 2, size)[: energy.size].clip(0.0)
        self._pile_up = folded / max(float(folded.max()), 1e-300)
        variance = np.maximum(gaussian_filter1d(counts, _OUTSTANDING), 1.0) + (_MODEL_ERROR * counts) ** 2
        self._deviation = np.sqrt(variance)
        self._seen = np.maximum(energy, _BIN)
        self._rising = energy / energy[-1]
        self._active = active_share(self._seen, _ACTIVE)
        self._blur = fwhm(energy, _NOISE) / np.sqrt(8 * np.log(2)) / _BIN
        self._continua: dict[tuple[float, float], Floats] = {}

    def fitted(self, ends: Floats, low: float) -> tuple[Floats, Floats]:
        """Return the least cost (end,) with each end by any exponent, and the continuum's counts in the last part."""
        last = (self._energy >= _LAST * ends[:, None]) & (self._energy < ends[:, None])
        costs, continuum = self.costs(ends, low, np.array(_EXPONENTS)[:, None])
        best = np.argmin(costs, axis=0), np.arange(ends.size)
        return costs[best], (continuum[best] * last).sum(axis=1)

    def costs(self, ends: Floats, lows: Floats | float, exponents: Floats | float) -> tuple[Floats, Floats]:
        """Return the cost (...) of each end and exponent, over bins from its low energy on, and continuum (..., bin).

        Parameters
        ----------
        ends
            Energy where each continuum ends, eV, any shape.
        lows
            Energy of the lowest bin that counts, eV, of a shape that goes with that of `ends`.
        exponents
            Exponent of each continuum, of a shape that goes with that of `ends`.
        """
        every = np.broadcast_arrays(ends, lows, exponents)
        cost, continuum = self._costs(*(each.ravel() for each in every))
        return cost.reshape(every[0].shape), continuum.reshape(*every[0].shape, -1)

    def _costs(self, ends: Floats, lows: Floats, exponents: Floats) -> tuple[Floats, Floats]:
        """Return the same for (fit,) fits, as (fit,) and (fit, bin)."""
        inside = self._energy >= lows[:, None]
        below = self._energy < ends[:, None]
        continuum = np.stack(list(map(self._continuum, ends.tolist(), exponents.tolist())))
        others = [np.broadcast_to(shape, continuum.shape) for shape in (self._pile_up, self._rising, 1 - self._rising)]
        shapes = np.stack([continuum, *others], axis=1)
        shapes = shapes / np.maximum((shapes * inside[:, None]).max(axis=2, keepdims=True), 1e-300)
        weight = inside / self._deviation**2
        for _ in range(_ITERATIONS):
            amounts = _non_negative(shapes, self._counts, weight)
            away = (self._counts - np.einsum("kj,kjb->kb", amounts, shapes)) / self._deviation
            line = np.where(below & (away > 0), (away / _OUTSTANDING) ** 2, 0.0)
            weight = inside / self._deviation**2 / (1.0 + line)
        squares = np.where(line > 0, _OUTSTANDING**2 * np.log1p(line), away**2)
        return (squares * inside).sum(axis=1), amounts[:, :1] * shapes[:, 0]

    def _continuum(self, end: float, exponent: float) -> Floats:
        """Return the shape (bin,) of a continuum as the detector shows it; searches ask for the same ones."""
        if (end, exponent) not in self._continua:
            self._continua[end, exponent] = self._shown(end, exponent)
        return self._continua[end, exponent]

    def _shown(self, end: float, exponent: float) -> Floats:
        left = np.maximum(end - self._seen, 0.0) / np.maximum(self._seen, _LOWEST / 4)
        return np.asarray(
            gaussian_filter1d(left**exponent * self._active, float(np.interp(end, self._energy, self._blur)))
        )


def _non_negative(shapes: Floats, counts: Floats, weight: Floats) -> Floats:
    """Return the amounts (fit, shape) of 0 or more that fit counts (bin,) best, by weights (fit, bin).

    It is one of the solutions in which some shapes are free, and the others zero.
    """
    weighted = shapes * weight[:, None]
    normal = weighted @ shapes.transpose(0, 2, 1)
    right = weighted @ counts
    size = shapes.shape[1]
    free = (np.arange(2**size)[:, None] >> np.arange(size)) % 2 > 0  # (subset, shape)
    both = free[:, None, :, None] & free[:, None, None]
    diagonal = np.einsum("kaa->ka", normal)
    normal = normal + (1e-12 * diagonal + 1e-300)[..., None] * np.eye(size)
    systems = np.where(both, normal, np.eye(size))
    solved = np.linalg.solve(systems, np.where(free[:, None], right, 0.0)[..., None])[..., 0]
    gain = np.where((solved >= 0).all(axis=2), (solved * right).sum(axis=2), -np.inf)
    return np.asarray(solved[np.argmax(gain, axis=0), np.arange(len(shapes))])
