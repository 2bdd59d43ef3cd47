"""The area of a line in a narrow scan, above its background, with its error."""

from dataclasses import dataclass

import numpy as np

from specquant.plugin import Floats
from specquant_xps.narrow.background import shirley, tougaard
from specquant_xps.narrow.identity import Target

_BELOW, _ABOVE = 5.0, 7.0
"""eV between the ends of the background and the line: chemical shifts and widths on both sides, losses above."""

_SATELLITES = 14.0
"""eV above the line instead, for the 2p lines of Ti to Cu and 3d lines of La to Nd: their shake-up satellites (Moulder,
Stickle, Sobol, Bomben, Handbook of X-ray Photoelectron Spectroscopy, Perkin-Elmer 1992)."""

_WITH_SATELLITES = {
    *((symbol, "2p") for symbol in ("Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu")),
    *((symbol, "3d") for symbol in ("La", "Ce", "Pr", "Nd")),
}

_FARTHEST = 6.0
"""eV by which a line may lie away from the table: chemical shift, and charge that the survey's offset does not show."""

_END = 1.0
"""eV at either end over which the background is averaged; three channels at least."""


@dataclass(frozen=True)
class Area:
    """Ends of the background (eV), and the area above it with its standard deviation, intensity x eV."""

    low: float
    high: float
    value: float
    error: float


def area_of(energy: Floats, intensity: Floats, target: Target) -> Area | str:
    """Return the area of a line above Shirley's background, or why there is none.

    Its error has three parts: the scatter of the counts, that of the background's ends, and half of what Tougaard's
    background would change.

    Parameters
    ----------
    energy
        Ascending binding energies, eV, (channel,).
    intensity
        Intensities, in any unit, (channel,).
    target
        Which lines.
    """
    lowest, highest = target.energies
    shift = _shift(energy, intensity, target)
    above = _SATELLITES if (target.element, target.orbital) in _WITH_SATELLITES else _ABOVE
    inside = (energy >= lowest + shift - _BELOW) & (energy <= highest + shift + above)
    energy, intensity = energy[inside], intensity[inside]
    ends = max(3, round(_END / float(np.median(np.diff(energy))))) if energy.size > 1 else 3
    if energy.size < 4 * ends or energy[-1] - energy[0] < _BELOW:
        return "too short for a background on both sides"
    low, high = float(intensity[:ends].mean()), float(intensity[-ends:].mean())
    step = np.gradient(energy)
    noise = scatter(intensity)
    value, other = (
        float(np.sum((intensity - background(energy, intensity, low, high)) * step))
        for background in (shirley, tougaard)
    )
    counted = float(np.sqrt(noise * np.sum(np.clip(intensity, 0, None) * step**2)))
    bent = 0.5 * float(np.ptp(energy)) * float(np.sqrt(noise * (abs(low) + abs(high)) / ends))
    return Area(
        float(energy[0]), float(energy[-1]), value, float(np.hypot(np.hypot(counted, bent), 0.5 * (value - other)))
    )


def scatter(intensity: Floats) -> float:
    """Return the variance of intensities over their mean, by their second differences: 1 for counts, less for rates."""
    second = np.diff(intensity, 2)
    mean = float(np.mean(np.clip(intensity, 0, None)))
    return float(np.median(second**2) / (0.4549 * 6.0) / mean) if mean > 0 and second.size else 0.0


def _shift(energy: Floats, intensity: Floats, target: Target) -> float:
    """Return how far the line lies from the table, eV: its highest point near the strongest of its lines."""
    lowest, highest = target.energies
    near = (energy >= lowest - _FARTHEST) & (energy <= highest + _FARTHEST)
    if near.sum() < 3:
        return 0.0
    part = intensity[near]
    width = max(1, part.size // 20)
    smooth = np.convolve(part - np.linspace(float(part[0]), float(part[-1]), part.size), np.ones(width), "same")
    top = float(energy[near][np.argmax(smooth)])
    return (
        float(np.clip(top - lowest, -_FARTHEST, _FARTHEST)) if top < 0.5 * (lowest + highest) + _FARTHEST / 2 else 0.0
    )
