"""Bare components: the line groups of all elements, the continuum's nodes and the coatings."""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from specquant.plugin import Component, EnergyAxis, Floats, Peak
from specquant_eds import detector
from specquant_eds.coating import COATINGS
from specquant_eds.continuum import widths
from specquant_eds.elements import ELEMENTS
from specquant_eds.instrument import defaults
from specquant_eds.linegroups import line_groups
from specquant_eds.lines import XrayLine
from specquant_eds.mixing import MatrixMixing, matrix_model, node_label
from specquant_eds.siegbahn import siegbahn
from specquant_eds.stages import PRIMARY_NOISE

FAMILIES = {"K": "K measured", "L": "L measured", "M": "M measured"}
"""Labels of components that are a whole family of an element as a standard shows it."""

_FAMILY_OF = {label: family for family, label in FAMILIES.items()}
"""Families by those labels."""

_LEAST = 1e-3
"""Area relative to an element's strongest family that a component has at least: a library holds no line of area 0, and
the mixing law divides by it."""

_LEAST_PEAK = 2e-3
"""Area relative to an element's strongest family from which on a line is in the peak table; fainter ones label nothing
that is seen; chosen."""

_REACH = 6.0
"""Standard deviations on either side of a line that are drawn: 2e-9 of its area lies beyond."""

_SQRT_HALF = np.sqrt(0.5)
"""Of the error function's argument: its Gaussian has a variance of one half."""


def pure_intensities(values: Mapping[str, float]) -> Floats:
    """Return the photons of every line group in its pure element, per electron over all directions, shape (group,)."""
    return _pure_intensities(tuple(values.items()))


@cache
def _pure_intensities(values: tuple[tuple[str, float], ...]) -> Floats:
    model = matrix_model()
    settings = {name: np.full(len(ELEMENTS), float(value)) for name, value in values}
    lines = model.intensities(np.eye(len(ELEMENTS)), settings).lines
    photons = np.asarray(lines[model.element, np.arange(len(model.groups))])
    photons.flags.writeable = False  # one array for all who ask
    return photons


def strongest(values: Mapping[str, float]) -> dict[str, tuple[str, float]]:
    """Return, per element, the family that gives the most counts in the pure element, and its photons per electron."""
    groups = line_groups()
    photons = pure_intensities(values)
    seen = photons * detector.efficiency(np.array([group.energy for group in groups]), values)
    families: dict[str, dict[str, list[int]]] = {symbol: {} for symbol in ELEMENTS}
    for index, group in enumerate(groups):
        families[group.element].setdefault(group.group, []).append(index)
    main = {}
    for symbol, members in families.items():
        counts = {family: sum(seen[index] for index in indices) for family, indices in sorted(members.items())}
        family = max(counts, key=counts.__getitem__)
        main[symbol] = family, float(sum(photons[index] for index in members[family]))
    return main


def relative_areas(values: Mapping[str, float]) -> Floats:
    """Return the photons of every line group, pure, relative to its element's strongest family; at least 0.001."""
    main = strongest(values)
    photons = pure_intensities(values)
    strength = np.array([main[group.element][1] for group in line_groups()])
    return np.asarray(np.maximum(photons / strength, _LEAST))


def render(axis: EnergyAxis, values: Mapping[str, float]) -> list[Component]:
    """Return the bare components on `axis`: photons that have left the sample, with the width of Fano statistics.

    Parameters
    ----------
    axis
        Photon-energy channels, eV.
    values
        Instrument parameters; bare lines have none of them, and their areas are those that the default instrument
        shows, as the mixing law takes them to be.
    """
    del values
    groups = line_groups()
    areas = relative_areas(defaults())
    components = [
        Component(group.element, group.label, group.group, area * draw(axis, group.lines))
        for group, area in zip(groups, areas, strict=True)
    ]
    nodes = matrix_model().nodes
    shapes = hats(axis, nodes)
    components += [Component("", node_label(node), "continuum", hat) for node, hat in zip(nodes, shapes, strict=True)]
    for coating in COATINGS:
        group = next(g for g in groups if (g.element, g.label) == (coating.element, "Ka"))
        components.append(Component("", coating.name, "coating", draw(axis, group.lines)))
    return components


def family_photons(fraction: Mapping[str, float], values: Mapping[str, float]) -> dict[tuple[str, str], float]:
    """Return the photons per electron of every (element, family) of a sample, as the nominal detector counts them."""
    model = matrix_model()
    atoms = np.array([[fraction.get(symbol, 0.0) for symbol in ELEMENTS]])
    settings = {name: np.array([float(value)]) for name, value in values.items()}
    lines = model.intensities(atoms, settings).lines[0] * atoms[0, model.element]
    weights = lines * nominal_efficiency()
    photons: dict[tuple[str, str], float] = {}
    for group, weight in zip(model.groups, weights, strict=True):
        key = group.element, group.family
        photons[key] = photons.get(key, 0.0) + float(weight)
    return photons


def nominal_efficiency() -> Floats:
    """Return the efficiency of the default detector for every line group."""
    return detector.efficiency(np.array([group.energy for group in line_groups()]), defaults())


def mixing(element_of_component: Sequence[str], label_of_component: Sequence[str]) -> MatrixMixing:
    """Return the mixing law of components that were rendered with the default instrument, or of measured families."""
    groups = line_groups()
    names = [(group.element, group.label) for group in groups]
    names += [("", node_label(node)) for node in matrix_model().nodes]
    names += [("", coating.name) for coating in COATINGS]
    index_of = {name: index for index, name in enumerate(names)}
    areas = np.concatenate([relative_areas(defaults()), np.ones(len(names) - len(groups))])
    weights = np.zeros((len(element_of_component), len(names)))
    for row, (element, label) in enumerate(zip(element_of_component, label_of_component, strict=True)):
        if (element, label) in index_of:
            index = index_of[element, label]
            weights[row, index] = 1.0 / areas[index]
            continue
        family = _FAMILY_OF[label]
        members = [index for index, group in enumerate(groups) if (group.element, group.family) == (element, family)]
        weights[row, members] = nominal_efficiency()[members]
    return MatrixMixing(weights)


def draw(axis: EnergyAxis, lines: Sequence[XrayLine]) -> Floats:
    """Return Gaussian lines of the given rates, averaged over each channel, 1/eV."""
    from scipy.special import erf  # its import takes long, and a library may be on disk

    edges = axis.start + axis.step * (np.arange(axis.size + 1) - 0.5)
    density = np.zeros(axis.size)
    for line in lines:
        sigma = float(detector.fwhm(np.array(line.energy), PRIMARY_NOISE)) / np.sqrt(8 * np.log(2))
        first, last = np.searchsorted(edges, [line.energy - _REACH * sigma, line.energy + _REACH * sigma])
        first, last = max(first - 1, 0), min(last + 1, axis.size)
        if last > first:
            cumulative = 0.5 * erf((edges[first : last + 1] - line.energy) / sigma * _SQRT_HALF)
            density[first:last] += line.rate * np.diff(cumulative) / axis.step
    return density


def hats(axis: EnergyAxis, nodes: Floats) -> Floats:
    """Return triangles over the nodes with area one, shape (node, energy)."""
    values = np.stack([np.interp(axis.centres, nodes, unit, left=0.0, right=0.0) for unit in np.eye(nodes.size)])
    return np.asarray(values / widths(nodes)[:, None])


def peak_table(axis: EnergyAxis, values: Mapping[str, float]) -> tuple[Peak, ...]:
    """Return all lines on the axis with at least 0.2 % of the element's strongest family, with their width as seen."""
    peaks = []
    for group, area in zip(line_groups(), relative_areas(values), strict=True):
        for line in group.lines:
            if axis.start <= line.energy <= axis.stop and area * line.rate >= _LEAST_PEAK:
                width = float(detector.fwhm(np.array(line.energy), values["noise"]))
                area_seen = float(area * line.rate)
                peaks.append(
                    Peak(group.element, line.label, line.energy, width, area_seen, group.group, siegbahn(line.label))
                )
    return tuple(peaks)
