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
import torch

from specquant.errors import ReadError
from specquant.technique import Component, EnergyAxis, Floats, Reader
from specquant_eds.factors import UNSOUND, well_absorbed
from specquant_eds.known import FREE, KnownFit, dose, fit_known
from specquant_eds.linegroups import line_groups
from specquant_eds.rendering import FAMILIES, family_photons, render
from specquant_eds.response import DetectorResponse
from specquant_eds.standards import Standard, read_standards

_LEAST_SHARE, _LARGEST_ERROR = 3e-3, 0.1
_LOWEST_OVERVOLTAGE = 1.15
_FAINT = 1e-4


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
    components = [
        Component(element, FAMILIES[family], group, shape) for (element, family), (group, shape) in shapes.items()
    ]
    return components + _rendered(axis, detector, set(shapes))


def _shapes(
    fits: Sequence[tuple[Standard, KnownFit, float]], axis: EnergyAxis
) -> dict[tuple[str, str], tuple[str, Floats]]:
    """Return group and shape of every family that a sound standard shows, the mean of the standards by their share."""
    gathered: dict[tuple[str, str], list[_Shape]] = {}
    groups = {}
    for standard, fit, electrons in fits:
        model = fit.parts.sum(axis=0) + fit.rest
        left = standard.counts - model
        predicted = family_photons(standard.fraction, standard.values)
        for element, family in {(group.element, group.family) for group in fit.groups}:
            own = [
                place for place, group in enumerate(fit.groups) if (group.element, group.family) == (element, family)
            ]
            part = fit.parts[own].sum(axis=0)
            share = float(part.sum() / model.sum())
            sure = fit.error[own] @ fit.parts[own].sum(axis=1) < _LARGEST_ERROR * part.sum()
            edge = min(fit.groups[place].subshell.edge for place in own)
            excited = standard.values["beam_energy"] > _LOWEST_OVERVOLTAGE * edge
            if element in UNSOUND.get(standard.sample, ()) or share < _LEAST_SHARE or not sure or not excited:
                continue
            near = np.where(part > _FAINT * part.max(), part / np.maximum(model, 1e-9), 0.0)
            counts = np.maximum(part + left * near**2, 0.0)
            groups[element, family] = fit.groups[own[0]].group
            known = all(well_absorbed(fit.groups[place], fit.groups) for place in own)
            shape = _Shape(counts / (electrons * axis.step * predicted[element, family]), share, known)
            gathered.setdefault((element, family), []).append(shape)
    order = {group.element: place for place, group in enumerate(line_groups())}
    means = {
        key: (groups[key], np.average([s.counts for s in found], axis=0, weights=[s.share for s in found]))
        for key, shapes in gathered.items()
        for found in [[shape for shape in shapes if shape.well_absorbed] or shapes]
    }
    return dict(sorted(means.items(), key=lambda item: (order[item[0][0]], item[0][1])))


def _rendered(axis: EnergyAxis, detector: Mapping[str, float], measured: set[tuple[str, str]]) -> list[Component]:
    """Return what no standard shows, rendered and sent through the detector."""
    family = {(group.element, group.label): group.family for group in line_groups()}
    kept = [
        component
        for component in render(axis, detector)
        if (component.element, family.get((component.element, component.label), "")) not in measured
    ]
    values = {name: torch.full((len(kept),), float(value)) for name, value in detector.items()}
    values["pile_up"] = torch.zeros(len(kept))
    bare = torch.from_numpy(np.stack([component.density for component in kept]).astype(np.float32))
    seen = DetectorResponse(axis)(bare, values).numpy().astype(np.float64)
    return [Component(c.element, c.label, c.group, density) for c, density in zip(kept, seen, strict=True)]
