"""The depth distribution of ionisations: XPP of Pouchou and Pichoir, for many samples and subshells at once.

J.-L. Pouchou and F. Pichoir in K. F. J. Heinrich and D. E. Newbury (eds), Electron Probe Quantitation, Plenum Press,
New York 1991, p. 31. Energies in keV, mass depth in g/cm2, everything broadcasts, in arrays of numpy or of torch.
"""

import math
from dataclasses import dataclass

from specquant.plugin import Array, at_least, module_of

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

    m: Array
    potential: Array
    zb: Array


@dataclass(frozen=True)
class DepthDistribution:
    """phi(rho z) = A exp(-a rho z) + (B rho z + phi0 - A) exp(-b rho z), shape (sample, subshell) each.

    `area` is F, the integral of phi; `generated` is R/S, the part of F that scales ionisations from material to
    material.
    """

    area: Array
    generated: Array
    surface: Array
    amplitude: Array
    slope: Array
    decay: Array
    epsilon: Array

    def of(self, owner: Array) -> "DepthDistribution":
        """Return the distributions of the subshells with these indices, one each."""
        return DepthDistribution(*(each[:, owner] for each in vars(self).values()))

    def emerging(self, chi: Array) -> Array:
        """Return f(chi), the share of the generated photons that leaves the sample; chi in cm2/g."""
        b, epsilon = self.decay, self.epsilon
        integral = (
            self.surface + self.slope / (b + chi) - self.amplitude * b * epsilon / (b * (1 + epsilon) + chi)
        ) / (b + chi)
        return integral / self.area


def matter(fraction: Array, z: Array, weight: Array, potential: Array) -> Matter:
    """Return what electrons see of mass fractions (sample, element); the others have shape (element,)."""
    of = module_of(fraction)
    electrons = z / weight
    m = fraction @ electrons
    root = fraction @ of.sqrt(z)
    return Matter(
        m[:, None],
        of.exp((fraction @ (electrons * of.log(potential))) / m)[:, None],
        (root * root)[:, None],
    )


def overvoltage_exponent(shell: str, z: int) -> float:
    """Return m of Pouchou and Pichoir's cross section Q = ln U / (U^m E^2)."""
    if shell == "K":
        return 0.86 + 0.12 * math.exp(-((z / 5) ** 2))
    return {"L": 0.82, "M": 0.78}[shell]


def stopping_factor(u: Array, v0: Array, exponent: Array, sample: Matter) -> Array:
    """Return 1/S: the integral of Q over the stopping power, without constants."""
    j, of = sample.potential, module_of(u)
    log_u, log_v = of.log(u), of.log(v0 / u)
    total = 0.0
    for factor, power in ((6.6e-6, 0.78), (1.12e-5 * (1.35 - 0.45 * j * j), 0.1), (2.2e-6 / j, -0.5 + 0.25 * j)):
        t = 1 + power - exponent
        grown = t * log_u
        total = total + factor * of.exp(power * log_v) * (of.exp(grown) * (grown - 1) + 1) / (t * t)
    return u / (v0 * sample.m) * total


def backscatter_factor(u: Array, sample: Matter) -> tuple[Array, Array]:
    """Return R, the share of ionisations that backscattering leaves, and the backscatter coefficient eta."""
    zb, of = sample.zb, module_of(u)
    log_u = of.log(u)
    eta = 1.75e-3 * zb + 0.37 * (1 - of.exp(-0.015 * zb**1.3))
    w = 0.595 + eta / 3.7 + eta**4.55
    q = (2 * w - 1) / (1 - w)
    j = 1 + u * (log_u - 1)
    g = (u - 1 - (1 - of.exp((-1 - q) * log_u)) / (1 + q)) / ((2 + q) * j)
    return 1 - eta * w * (1 - g), eta


def xpp(beam_energy: Array, edge: Array, exponent: Array, sample: Matter) -> DepthDistribution:
    """Return the depth distribution of ionisations.

    Parameters
    ----------
    beam_energy
        keV, shape (sample, 1).
    edge
        Ionisation energy, keV, shape (subshell,).
    exponent
        Its `overvoltage_exponent`, shape (subshell,).
    sample
        The materials.
    """
    of, zb = module_of(edge), sample.zb
    u = at_least(beam_energy / edge, LEAST_OVERVOLTAGE)
    log_u = of.log(u)
    backscatter, eta = backscatter_factor(u, sample)
    generated = backscatter * stopping_factor(u, beam_energy / sample.potential, exponent, sample)
    area = generated * of.exp(exponent * log_u) * (edge * edge) / log_u
    surface = 1 + 3.3 * (1 - of.exp((2.3 * eta - 2) * log_u)) * eta**1.2
    x, y = 1 + 1.3 * of.log(zb), 0.2 + zb / 200
    ratio = of.maximum(1 + x * of.log(1 + y * (1 - of.exp(-0.42 * log_u))) / of.log(1 + y), surface)
    depth = area / ratio
    b = 2**0.5 * (1 + of.sqrt(at_least(1 - surface / ratio, 0.0))) / depth
    g = 0.22 * of.log(4 * zb) * (1 - 2 * of.exp(-zb * (u - 1) / 15))
    h = of.square(1 - 10 * (1 - 1 / (1 + u / 10)) / (zb * zb))
    steepness = of.minimum(g * (h * h), 0.9 * b * (depth * depth) * (b - 2 * surface / area))
    p = steepness * area / (depth * depth)
    a = (p + b * (2 * surface - b * area)) / (b * area * (2 - b * depth) - surface)
    epsilon = (a - b) / b
    epsilon = of.where(abs(epsilon) < _LEAST_EPSILON, _LEAST_EPSILON, epsilon)
    slope = (b * b * area * (1 + epsilon) - p - surface * b * (2 + epsilon)) / epsilon
    amplitude = (slope / b + surface - b * area) * (1 + epsilon) / epsilon
    return DepthDistribution(area, generated, surface, amplitude, slope, b, epsilon)
