"""The depth distribution of ionisations: XPP of Pouchou and Pichoir, for many samples and subshells at once.

J.-L. Pouchou and F. Pichoir in K. F. J. Heinrich and D. E. Newbury (eds), Electron Probe Quantitation, Plenum Press,
New York 1991, p. 31. Energies in keV, mass depth in g/cm2, everything broadcasts; torch, so that synthesis can use it.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

LEAST_OVERVOLTAGE = 1.01
"""Beam energy over edge that the formulae are given at least: at 1 they divide by the logarithm of 1. Nothing is
ionised below 1, so that the values themselves do not matter."""

_LEAST_EPSILON = 1e-4
"""Magnitude of epsilon, the relative difference of the two decays, below which XPP divides by nearly nothing."""


@dataclass(frozen=True)
class Matter:
    """What electrons see of a material: shape (sample, 1) each.

    `m` is the sum of C Z / A, `potential` the mean ionisation potential in keV, `zb` Pouchou and Pichoir's mean atomic
    number of backscattering, with C the mass fractions.
    """

    m: Tensor
    potential: Tensor
    zb: Tensor


@dataclass(frozen=True)
class DepthDistribution:
    """phi(rho z) = A exp(-a rho z) + (B rho z + phi0 - A) exp(-b rho z), shape (sample, subshell) each.

    `area` is F, the integral of phi; `generated` is R/S, the part of F that scales ionisations from material to
    material.
    """

    area: Tensor
    generated: Tensor
    surface: Tensor
    amplitude: Tensor
    slope: Tensor
    decay: Tensor
    epsilon: Tensor

    def emerging(self, chi: Tensor) -> Tensor:
        """Return f(chi), the share of the generated photons that leaves the sample; chi in cm2/g."""
        b, epsilon = self.decay, self.epsilon
        integral = (
            self.surface + self.slope / (b + chi) - self.amplitude * b * epsilon / (b * (1 + epsilon) + chi)
        ) / (b + chi)
        return integral / self.area


def matter(fraction: Tensor, z: Tensor, weight: Tensor, potential: Tensor) -> Matter:
    """Return what electrons see of mass fractions (sample, element); the others have shape (element,)."""
    electrons = z / weight
    m = fraction @ electrons
    return Matter(
        m[:, None],
        torch.exp((fraction @ (electrons * potential.log())) / m)[:, None],
        (fraction @ z.sqrt()).square()[:, None],
    )


def overvoltage_exponent(shell: str, z: int) -> float:
    """Return m of Pouchou and Pichoir's cross section Q = ln U / (U^m E^2)."""
    if shell == "K":
        return 0.86 + 0.12 * float(torch.exp(torch.tensor(-((z / 5) ** 2), dtype=torch.float64)))
    return {"L": 0.82, "M": 0.78}[shell]


def stopping_factor(u: Tensor, v0: Tensor, exponent: Tensor, sample: Matter) -> Tensor:
    """Return 1/S: the integral of Q over the stopping power, without constants."""
    j = sample.potential
    total = torch.zeros_like(u)
    for factor, power in (
        (6.6e-6 * torch.ones_like(j), 0.78 * torch.ones_like(j)),
        (1.12e-5 * (1.35 - 0.45 * j**2), 0.1 * torch.ones_like(j)),
        (2.2e-6 / j, -0.5 + 0.25 * j),
    ):
        t = 1 + power - exponent
        raised = u**t
        total = total + factor * (v0 / u) ** power * (t * raised * u.log() - raised + 1) / t**2
    return u / (v0 * sample.m) * total


def backscatter_factor(u: Tensor, sample: Matter) -> tuple[Tensor, Tensor]:
    """Return R, the share of ionisations that backscattering leaves, and the backscatter coefficient eta."""
    zb = sample.zb
    eta = 1.75e-3 * zb + 0.37 * (1 - torch.exp(-0.015 * zb**1.3))
    w = 0.595 + eta / 3.7 + eta**4.55
    q = (2 * w - 1) / (1 - w)
    j = 1 + u * (u.log() - 1)
    g = (u - 1 - (1 - u ** (-1 - q)) / (1 + q)) / ((2 + q) * j)
    return 1 - eta * w * (1 - g), eta


def xpp(beam_energy: Tensor, edge: Tensor, exponent: Tensor, sample: Matter) -> DepthDistribution:
    """Return the depth distribution of ionisations.

    Parameters
    ----------
    beam_energy
        keV, shape (sample, 1).
    edge, exponent
        Ionisation energy in keV and `overvoltage_exponent`, shape (subshell,).
    sample
        The materials.
    """
    u = (beam_energy / edge).clamp_min(LEAST_OVERVOLTAGE)
    zb = sample.zb
    backscatter, eta = backscatter_factor(u, sample)
    generated = backscatter * stopping_factor(u, beam_energy / sample.potential, exponent, sample)
    area = generated * u**exponent * edge**2 / u.log()
    surface = 1 + 3.3 * (1 - u ** (2.3 * eta - 2)) * eta**1.2
    x, y = 1 + 1.3 * zb.log(), 0.2 + zb / 200
    ratio = 1 + x * torch.log(1 + y * (1 - u**-0.42)) / torch.log(1 + y)
    ratio = torch.where(ratio < surface, surface, ratio)
    depth = area / ratio
    b = 2**0.5 * (1 + (1 - surface / ratio).clamp_min(0.0).sqrt()) / depth
    g = 0.22 * torch.log(4 * zb) * (1 - 2 * torch.exp(-zb * (u - 1) / 15))
    h = 1 - 10 * (1 - 1 / (1 + u / 10)) / zb**2
    steepness = torch.minimum(g * h**4, 0.9 * b * depth**2 * (b - 2 * surface / area))
    p = steepness * area / depth**2
    a = (p + b * (2 * surface - b * area)) / (b * area * (2 - b * depth) - surface)
    epsilon = (a - b) / b
    epsilon = torch.where(epsilon.abs() < _LEAST_EPSILON, torch.full_like(epsilon, _LEAST_EPSILON), epsilon)
    slope = (b**2 * area * (1 + epsilon) - p - surface * b * (2 + epsilon)) / epsilon
    amplitude = (slope / b + surface - b * area) * (1 + epsilon) / epsilon
    return DepthDistribution(area, generated, surface, amplitude, slope, b, epsilon)
