"""The beam energy of a spectrum by the end of its continuum: no photon has more energy than an electron (Duane-Hunt).

Near its end the continuum is that of continuum.py, since photons of nearly the beam energy come from the surface and are
not absorbed. What lies beyond is pile-up, which is the spectrum folded with itself, and a pedestal: cosmic rays and noise
of the electronics. For every energy that the end may have, the three are fitted to all channels; lines stand out of the fit
below the end, and count little there.
"""

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.ndimage import gaussian_filter1d
from scipy.optimize import nnls

from specquant.technique import Floats, ParameterEstimate, RawSpectrum
from specquant_eds.detector import fwhm, pile_up_weight, silicon_absorption

_BIN = 40.0
"""Width in eV of what is fitted: a quarter of what a detector resolves at these energies."""

_LOWEST, _FIRST = 2_500.0, 800.0
"""eV: the least beam energy that is looked for, and the softest photons that pile-up is computed from."""

_COARSE, _FINE = 0.02, 0.0025
"""Relative steps of the end of the continuum in the first search and in the second: the end is wanted to 2 %."""

_NEAR = 0.06
"""Relative distance from the first search's end up to which the second looks."""

_BELOW, _WIDE_BELOW = 0.70, 0.45
"""Share of the end from which on channels count, in the second search and in the first: chosen, the first so that the
slope of the continuum tells an end from a line, the second so that absorption in the sample does not matter."""

_EXPONENTS = (0.9, 1.05, 1.2)
"""Exponents of the continuum that are tried: continuum.py has 0.85 to 1.3 from uranium to carbon."""

_OUTSTANDING = 3.0
"""Standard errors above the fit from which on a channel below the end is taken to hold a line."""

_ROOM = 0.03
"""Share of the end that the axis has to go on for beyond it, so that what is no continuum is seen."""

_LEAST_COUNTS = 200.0
"""Counts in the last third of the continuum, pile-up and pedestal taken off, from which on its end is known to 2 %:
chosen, a relative error of the height of 7 %."""

_SURE = 16.0
"""By how much an end has to fit better than none on the axis, in squared standard errors: chosen, four of them."""

_THICKNESS = 0.045
"""Active silicon in cm of a usual detector."""


def beam_energy(raw: RawSpectrum) -> ParameterEstimate:
    """Return the beam energy (eV) that the end of the continuum shows, on the whole axis of the file."""
    energy, counts = _binned(raw)
    if energy.size < 20 or energy[-1] < _LOWEST * (1 + _ROOM):
        return ParameterEstimate.unknown("the axis is too short for the continuum to end on it")
    scene = _Scene(energy, counts)
    coarse = np.exp(np.arange(np.log(_LOWEST), np.log(energy[-1] / (1 + _ROOM)), _COARSE))
    rough = scene.best(coarse, _WIDE_BELOW, (_EXPONENTS[1],))
    fine = rough * np.exp(np.arange(-_NEAR, _NEAR, _FINE))
    end = scene.best(fine[fine <= energy[-1]], _BELOW, _EXPONENTS)
    if end > energy[-1] / (1 + _ROOM):
        return ParameterEstimate.unknown("the continuum goes on to the end of the axis")
    if scene.continuum(end) < _LEAST_COUNTS:
        return ParameterEstimate.unknown("too few counts near the end of the continuum")
    if scene.cost(energy[-1] * 2.0, end * _BELOW, _EXPONENTS) - scene.cost(end, end * _BELOW, _EXPONENTS) < _SURE:
        return ParameterEstimate.unknown("the continuum shows no end on the axis")
    return ParameterEstimate(end, "by the end of the continuum")
