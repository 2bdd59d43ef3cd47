"""A library of a laboratory's own standards: measured shapes and strengths of line families, pure or in compounds.

Every standard is fitted with the rendered model (known.py); what it measured where one family prevails becomes the
shape of that family, in units of what the matrix model predicts for it in that standard. So the mixing law is the same
as for rendered components, and errors of cross sections, yields, efficiency and line shapes cancel. Families without a
sound standard, the continuum and the coatings stay rendered, with the detector that the standards show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from specquant.plugin import Component, EnergyAxis, Floats, Reader, ReadError
from specquant_eds.factors import UNSOUND, well_absorbed
from specquant_eds.known import FREE, KnownFit, dose, fit_known
from specquant_eds.linegroups import line_groups
from specquant_eds.rendering import FAMILIES, family_photons, render
from specquant_eds.response import DetectorResponse
from specquant_eds.standards import Standard, read_standards

_LEAST_SHARE = 3e-3
"""Share of a standard's counts that a family needs: less is lost in errors of the others
(docs/decisions/0008-measured-library.md)."""

_LARGEST_ERROR = 0.1
"""Relative standard error of a family's amount up to which its shape is taken: worse ones overlap with others;
chosen."""

_LOWEST_OVERVOLTAGE = 1.15
"""Beam energy over edge from which on a family is taken: below, ionisation changes too steeply with energy; chosen."""

_FAINT = 1e-4
"""Share of a family's highest channel below which none of the model's misfit can be the family's; chosen."""

_EMPTY = 1e-9
"""Counts that a modelled channel is taken to hold at least: keeps shares finite where there is nothing."""


@dataclass(frozen=True)
class _Shape:
    """One family as one standard shows it: counts (energy,) per predicted photon, and how much of the counts it is."""

    counts: Floats
    share: float
    well_absorbed: bool


def measure(folder: Path, axis: EnergyAxis, readers: Sequence[Reader]) -> list[Component]:
    """Return the components of a folder of standards, detector response included.

    Raises
    ------
    ReadError
        If the folder holds no standard with live time and probe current, or a standard's composition is not known.
    """
    fits: list[tuple[Standard, KnownFit, float]] = []
    for standard in read_standards(folder, axis, readers):
        electrons = dose(standard.live_time, standard.probe_current)
        if not electrons > 0:
            raise ReadError(
                "standard does not say how many electrons it took",
                where=f"{folder}, {standard.sample}",
                found=f"live time {standard.live_time} s, probe current {standard.probe_current} nA",
                wanted="both in the header",
            )
        fit = fit_known(standard.counts, axis, standard.fraction, standard.values, electrons)
        fits.append((standard, fit, electrons))
    detector = dict(fits[0][0].values) | {
        name: float(np.median([fit.values[name] for _, fit, _ in fits])) for name in FREE
    }
    shapes = _shapes(fits, axis)
    names = {(group.element, group.family): group.group for group in line_groups()}
    components = [Component(key[0], FAMILIES[key[1]], names[key], shape) for key, shape in shapes.items()]
    return components + _rendered(axis, detector, set(shapes))


def _shapes(fits: Sequence[tuple[Standard, KnownFit, float]], axis: EnergyAxis) -> dict[tuple[str, str], Floats]:
    """Return the shape of every family that a sound standard shows, the mean of the standards by their share."""
    gathered: dict[tuple[str, str], list[_Shape]] = {}
    for standard, fit, electrons in fits:
        predicted = family_photons(standard.fraction, standard.values)
        families: dict[tuple[str, str], list[int]] = {}
        for index, group in enumerate(fit.groups):
            families.setdefault((group.element, group.family), []).append(index)
        for key, members in families.items():
            shape = _shape(standard, fit, members, electrons * axis.step * predicted[key])
            if shape is not None:
                gathered.setdefault(key, []).append(shape)
    order = {group.element: index for index, group in enumerate(line_groups())}
    means = {key: _mean(shapes) for key, shapes in gathered.items()}
    return dict(sorted(means.items(), key=lambda item: (order[item[0][0]], item[0][1])))


def _shape(standard: Standard, fit: KnownFit, members: list[int], photons: float) -> _Shape | None:
    """Return what a standard shows of a family, by the indices of its groups in the fit; None where it is not sound."""
    groups = [fit.groups[index] for index in members]
    model = fit.parts.sum(axis=0) + fit.rest
    part = fit.parts[members].sum(axis=0)
    share = float(part.sum() / model.sum())
    sure = fit.error[members] @ fit.parts[members].sum(axis=1) < _LARGEST_ERROR * part.sum()
    edge = min(group.subshell.edge for group in groups)
    excited = standard.values["beam_energy"] > _LOWEST_OVERVOLTAGE * edge
    if groups[0].element in UNSOUND.get(standard.sample, ()) or share < _LEAST_SHARE or not sure or not excited:
        return None
    prevalence = np.where(part > _FAINT * part.max(), part / np.maximum(model, _EMPTY), 0.0)
    counts = np.maximum(part + (standard.counts - model) * prevalence**2, 0.0)
    return _Shape(counts / photons, share, all(well_absorbed(group, fit.groups) for group in groups))


def _mean(shapes: Sequence[_Shape]) -> Floats:
    """Return the mean of the shapes with well-known absorption, or of all if there is none."""
    chosen = [shape for shape in shapes if shape.well_absorbed] or shapes
    return np.asarray(np.average([shape.counts for shape in chosen], axis=0, weights=[shape.share for shape in chosen]))


def _rendered(axis: EnergyAxis, detector: Mapping[str, float], measured: set[tuple[str, str]]) -> list[Component]:
    """Return what no standard shows, rendered and sent through the detector."""
    family = {(group.element, group.label): group.family for group in line_groups()}
    kept = [
        component
        for component in render(axis, detector)
        if (component.element, family.get((component.element, component.label), "")) not in measured
    ]
    values = {name: np.full(len(kept), float(value)) for name, value in detector.items()}
    values["pile_up"] = np.zeros(len(kept))
    bare = np.stack([component.density for component in kept]).astype(np.float32)
    seen = DetectorResponse(axis)(bare, values).astype(np.float64)
    return [Component(c.element, c.label, c.group, density) for c, density in zip(kept, seen, strict=True)]
