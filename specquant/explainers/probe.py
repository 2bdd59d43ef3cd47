"""Peak probe: a hypothetical peak is moved over an empty spectrum, and every element's predicted fraction recorded.

An element's column of the response is its Feature Importance Spectrum (FIS): where, and how strongly, a lone peak is
read as that element.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import xarray as xr

from specquant.errors import SettingError
from specquant.explainers.base import Explainer, nominal, predict, require_number
from specquant.quantifiers import Quantifier
from specquant.spectra import Spectra
from specquant.technique import EnergyAxis, Floats, Technique

_CHUNK = 256
"""Spectra that a quantifier is asked at once, so that memory does not grow with the axis; chosen."""

SHAPES = ("gaussian", "lorentzian", "voigt")
"""What a probing peak can look like."""

_SIGMAS_PER_FWHM = 1.0 / (2.0 * np.sqrt(2.0 * np.log(2.0)))
"""Standard deviation of a Gaussian per full width at half maximum."""

_VOIGT_PART = 1.0 / (0.5346 + np.sqrt(1.2166))
"""Width of both parts of a Voigt profile, equally wide, per width of the whole: Olivero & Longbothum, JQSRT 17 (1977)
233."""


class PeakProbe(Explainer):
    """Puts one peak at each position on an otherwise flat spectrum, all channels observed, without noise.

    Stated instrument parameters are known and have their defaults.

    Parameters
    ----------
    shape
        ``gaussian``, ``lorentzian`` or ``voigt`` (Gaussian and Lorentzian parts equally wide).
    width
        Full width at half maximum, eV, at least one channel; None is the technique's width of a line, or three channels
        where it names none.
    height
        Counts at the top of the peak.
    floor
        Counts of the flat spectrum under it.
    energies
        Where the peak is put, eV, on the axis, (probe,); None: every channel.

    Raises
    ------
    SettingError
        If a setting is unknown or no usable number.
    """

    name = "probe"

    def __init__(
        self,
        shape: str = "gaussian",
        width: float | None = None,
        height: float = 1e4,
        floor: float = 100.0,
        energies: Sequence[float] | Floats | None = None,
    ) -> None:
        if shape not in SHAPES:
            raise SettingError(
                "no such peak shape", where="shape", found=repr(shape), wanted=f"one of {', '.join(SHAPES)}"
            )
        self._shape = shape
        self._width = None if width is None else require_number("width", width, above=0.0)
        self._height = require_number("height", height, above=0.0)
        self._floor = require_number("floor", floor, least=0.0)
        self._energies = None if energies is None else _positions(energies)

    def attribute(self, quantifier: Quantifier, spectra: Spectra | None) -> xr.Dataset:  # noqa: ARG002
        """Return response(probe_energy, element) and baseline(element), the prediction for the flat spectrum alone.

        Spectra are left unread. The peak's settings are in the attrs.
        """
        technique = quantifier.technique
        axis = technique.axis
        energies = self._on_axis(axis)
        width = self._width or technique.width
        if width < axis.step:
            raise SettingError(
                "probe is narrower than a channel", found=axis.text(width), wanted=f">= {axis.text(axis.step)}"
            )
        response = predict(quantifier, self._probing(technique, energies, width))
        baseline = predict(quantifier, [nominal(technique, np.full((1, axis.size), self._floor))])[0]
        units = {"units": "atomic fraction"}
        return xr.Dataset(
            {
                "response": (
                    ("probe_energy", "element"),
                    response,
                    units | {"long_name": "Feature Importance Spectrum"},
                ),
                "baseline": ("element", baseline, units | {"long_name": "prediction for the flat spectrum alone"}),
            },
            coords={
                "probe_energy": ("probe_energy", energies, {"units": axis.unit, "long_name": axis.label}),
                "element": list(technique.elements),
            },
            attrs={
                "probe_shape": self._shape,
                "probe_width": width,
                "probe_height_counts": self._height,
                "probe_floor_counts": self._floor,
            },
        )

    def _on_axis(self, axis: EnergyAxis) -> Floats:
        if self._energies is None:
            return axis.centres
        outside = self._energies[(self._energies < axis.start) | (self._energies > axis.stop)]
        if outside.size:
            raise SettingError(
                "probe lies outside the axis",
                where="energies",
                found=axis.text(outside[0]),
                wanted=axis.span,
            )
        return self._energies

    def _probing(self, technique: Technique, energies: Floats, width: float) -> Iterator[Spectra]:
        for first in range(0, energies.size, _CHUNK):
            distance = technique.axis.centres[None, :] - energies[first : first + _CHUNK, None]
            yield nominal(technique, self._floor + self._height * peak_shape(self._shape, distance, width))


def peak_shape(shape: str, distance: Floats, width: float) -> Floats:
    """Return a peak of height one.

    Parameters
    ----------
    shape
        ``gaussian``, ``lorentzian`` or ``voigt``.
    distance
        From the peak's position, eV, any shape.
    width
        Full width at half maximum, eV; of a Voigt profile within 0.02 %, by the formula of Olivero & Longbothum, JQSRT
        17 (1977) 233.
    """
    if shape == "gaussian":
        return np.asarray(np.exp(-0.5 * (distance / (width * _SIGMAS_PER_FWHM)) ** 2))
    if shape == "lorentzian":
        return 1.0 / (1.0 + (2.0 * distance / width) ** 2)
    sigma, half_width = width * _VOIGT_PART * _SIGMAS_PER_FWHM, width * _VOIGT_PART / 2.0
    from scipy.special import voigt_profile  # its import takes long

    return np.asarray(voigt_profile(distance, sigma, half_width) / voigt_profile(0.0, sigma, half_width))


def _positions(energies: Sequence[float] | Floats) -> Floats:
    try:
        positions = np.array(energies, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise SettingError("are not numbers", where="energies", found=repr(energies), wanted="energies") from error
    if positions.ndim != 1 or not positions.size or not np.isfinite(positions).all():
        raise SettingError(
            "cannot be used", where="energies", found=positions, wanted="at least one energy, all of them finite"
        )
    return positions
