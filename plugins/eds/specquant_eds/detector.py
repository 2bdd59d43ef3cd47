"""What a silicon detector makes of photons: efficiency, escape, tails, resolution, and the error of its energy scale.

Energies in eV, thicknesses in nm (active layer in mm). Absorption is that of FFAST (absorption.py).
"""

from collections.abc import Mapping

import numpy as np

from specquant.plugin import Floats
from specquant_eds.absorption import CM_PER_NM, mass_absorption

FANO = 0.115
"""Fano factor of silicon; 0.112 to 0.120 are found (docs/explanation/physics-eds.md)."""

PAIR_ENERGY = 3.65
"""Energy per electron-hole pair in silicon, eV: 3.77 at 80 K and 3.68 at 270 K by B. G. Lowe and R. A. Sareen, Nucl.
Instrum. Methods A 576 (2007) 367. Only its product with `FANO` counts."""

SILICON_KA = 1740.0
"""Energy of Si K-alpha, eV: what an escaping photon takes away."""

SILICON_EDGE = 1839.0
"""K edge of silicon, eV: below it nothing escapes."""

FLUORESCENCE_SHARE = 8e-4
"""Counts of the internal fluorescence peak over counts above SILICON_EDGE. Half of 27 NIST standards without silicon
have 7.6e-4 to 10e-4, whatever their energies; traces of silicon on them only add (docs/explanation/physics-eds.md)."""

TAIL_LENGTH = 120.0
"""Decay length of the tail, eV; chosen with `tail_share`."""

LAYERS: Mapping[str, tuple[float, Mapping[str, float]]] = {
    "nitride_window": (3.17, {"Si": 0.6006, "N": 0.3994}),
    "polymer_window": (1.42, {"C": 0.709, "N": 0.075, "O": 0.216}),
    "beryllium_window": (1.85, {"Be": 1.0}),
    "aluminium": (2.70, {"Al": 1.0}),
    "dead_layer": (2.33, {"Si": 1.0}),
}
"""Layers before the active silicon, by the instrument parameter that is their thickness: g/cm3, mass fractions.

The polymer is a polyimide, C22 H10 N2 O5, without its hydrogen."""

_SILICON_DENSITY = 2.33
"""g/cm3."""

_CM_PER_MM = 0.1
"""Centimetres in a millimetre: the active layer is in mm."""

_GRID_CM = 0.038
"""Thickness of the silicon grid that carries a polymer window, 380 um (Moxtek AP3.3)."""

_SCALE_ERROR = np.array(
    [
        [0, -16.0],
        [277, -13.5],
        [525, -6.5],
        [677, -3.3],
        [1041, -0.4],
        [1254, -0.1],
        [1740, -0.9],
        [2622, 3.0],
        [3314, 3.4],
        [3692, 2.5],
        [4511, 1.7],
        [5415, 0.1],
        [6404, -1.5],
        [8048, -4.2],
        [9886, -7.0],
        [20000, -16.0],
    ]
)
"""True energy and measured minus true energy of peaks of one EDAX processor, eV (docs/explanation/physics-eds.md).

Peaks of C to Ge were measured; the ends at 0 and 20 keV are continued."""

_ESCAPE = 0.0217
"""Largest share of photons that escape, at the edge: half the fluorescence yield of Si times its K share of absorption,
as Reed and Ware have it."""

_ESCAPE_MEASURED = 1.1
"""Measured over theoretical escape: Ti 0.68 against 0.62 %, Fe 0.35 against 0.30 %
(docs/explanation/physics-eds.md)."""

_TAIL_HARD, _TAIL_SOFT, _TAIL_RANGE = 0.008, 0.030, 2500.0
"""Share of counts in the tail of a hard line, what a soft one has more, and the energy (eV) over which that fades."""

_UNCOLLECTED = 30e-7
"""Depth below the entrance, cm, from where charge is collected incompletely: 30 nm, by which the tails of P K and S K
are 1.6 and 1.3 times that of Si K, as in the NIST standards (docs/decisions/0038-hidden.md)."""

_PILE_UP_SOFT, _PILE_UP_HARD, _PILE_UP_RATIO = 2000.0, 4000.0, 2.2
"""eV up to and from which pulse-pair resolving times are constant, and their ratio
(docs/explanation/physics-eds.md)."""


def layer_absorption(name: str, energy: Floats) -> Floats:
    """Return the absorption of one nanometre of a layer of LAYERS, shape of `energy`."""
    density, parts = LAYERS[name]
    mixed = sum(share * mass_absorption(symbol, energy) for symbol, share in parts.items())
    return np.asarray(mixed * density * CM_PER_NM)


def silicon_absorption(energy: Floats) -> Floats:
    """Return the absorption coefficient of silicon in 1/cm."""
    return mass_absorption("Si", energy) * _SILICON_DENSITY


def active_share(energy: Floats, active_layer: float | Floats) -> Floats:
    """Return the share of photons that stay in an active layer, mm, of silicon."""
    return np.asarray(1 - np.exp(-silicon_absorption(energy) * _CM_PER_MM * active_layer))


def grid_transmission(energy: Floats) -> Floats:
    """Return the transmission of the bars of a window's silicon grid."""
    return np.asarray(np.exp(-silicon_absorption(energy) * _GRID_CM))


def efficiency(energy: Floats, values: Mapping[str, float] | Mapping[str, Floats]) -> Floats:
    """Return the share of photons that is counted: window, grid, dead layer and active layer."""
    crossed = sum(values[name] * layer_absorption(name, energy) for name in LAYERS)
    grid = 1 - values["window_grid"] * (1 - grid_transmission(energy))
    return np.asarray(np.exp(-crossed) * grid * active_share(energy, values["active_layer"]))


def escape_share(energy: Floats) -> Floats:
    """Return the share of counts that goes to the silicon escape peak, 1740 eV lower.

    Reed and Ware, J. Phys. E 5 (1972) 582, for normal incidence, times 1.1 as measured
    (docs/explanation/physics-eds.md).
    """
    energy = np.asarray(energy, dtype=np.float64)
    ratio = mass_absorption("Si", np.array(SILICON_KA)) / mass_absorption("Si", np.maximum(energy, 20.0))
    share = _ESCAPE_MEASURED * _ESCAPE * (1 - ratio * np.log1p(1 / ratio))
    return np.where(energy > SILICON_EDGE, share, 0.0)


def fluorescence_share(energy: Floats) -> Floats:
    """Return how many Si K-alpha photons are counted for every photon of an energy that is: internal fluorescence.

    Photons above the K edge of silicon are also absorbed in silicon that collects no charge, as the dead layer and what
    surrounds the active volume, and some of the Si K-alpha that it emits is counted.
    """
    return np.where(np.asarray(energy, dtype=np.float64) > SILICON_EDGE, FLUORESCENCE_SHARE, 0.0)


def silicon_line(energy: Floats, noise: float) -> Floats:
    """Return the share of Si K-alpha in every channel, of centres that are equally far apart, at a noise (FWHM, eV)."""
    deviation = fwhm(np.array(SILICON_KA), noise) / np.sqrt(8 * np.log(2))
    line = np.exp(-0.5 * ((np.asarray(energy) - SILICON_KA) / deviation) ** 2)
    return np.asarray(line / max(line.sum(), 1e-300))


def tail_share(energy: Floats) -> Floats:
    """Return the share of counts in the low-energy tail of incomplete charge collection.

    Chosen so that 1.2 to 5 FWHM below a peak hold 1.5-2 % of its counts below the K edge of silicon and 0.3 % at Fe and
    Cu, as measured on the NIST standards (docs/explanation/physics-eds.md). Photons above the edge stop up to nine
    times nearer to the entrance, where more charge is lost (Scholze and Procop, X-Ray Spectrom. 38 (2009)).
    """
    energy = np.asarray(energy, dtype=np.float64)
    near = np.where(energy > SILICON_EDGE, 1 - np.exp(-silicon_absorption(energy) * _UNCOLLECTED), 0.0)
    return np.asarray(_TAIL_HARD + _TAIL_SOFT * np.exp(-((energy / _TAIL_RANGE) ** 2)) + near)


def pile_up_weight(energy: Floats) -> Floats:
    """Return the factor by which a photon takes part in sum peaks, relative to a hard one.

    Its square is the ratio of pulse-pair resolving times: 205-245 ns below 2 keV against 80-115 ns above 4 keV
    (docs/explanation/physics-eds.md).
    """
    return np.asarray(np.sqrt(np.interp(energy, [_PILE_UP_SOFT, _PILE_UP_HARD], [_PILE_UP_RATIO, 1.0])))


def fwhm(energy: Floats, noise: float) -> Floats:
    """Return the full width at half maximum in eV: Fano statistics and electronic noise in quadrature."""
    return np.asarray(np.sqrt(noise**2 + 8 * np.log(2) * PAIR_ENERGY * FANO * np.asarray(energy)))


def scale_error(energy: Floats) -> Floats:
    """Return measured minus true peak energy of one EDAX pulse processor, eV: the curve that `nonlinearity` scales."""
    return np.asarray(np.interp(energy, _SCALE_ERROR[:, 0], _SCALE_ERROR[:, 1]))
