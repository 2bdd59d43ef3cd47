"""Elements that may be a layer on the surface: whether a fit has them there, or in the bulk.

Their lines say little of where they are. An element is in the bulk where a layer of usual thickness cannot explain its
lines, or where evidence and the odds beforehand speak for it. The other way round, an element of the bulk leaves open
how thick its layer is, and the covariance holds that.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from specquant.fits.descent.fitting import Fit
from specquant.fits.model.forward import ForwardModel
from specquant.fits.model.peaks import peaks
from specquant.fits.model.unseen import Shown
from specquant.fits.presence.aside import layer_thicknesses
from specquant.fits.presence.exchange import lines_beside, only_with, with_element
from specquant.technique import Floats

_BULK = 0.5
"""More of an element than this atomic fraction is not a layer: chosen."""

_THICKEST = 3.0
"""Standard deviations that a layer may be thicker than usual."""

FAR_TOO_THICK = 3.0
"""Times the thickness that is too thick from which on a layer is not even fitted: chosen. Thick layers absorb their own
lines, so that less is fitted than is foreseen: where that was 2.6 times what is too thick, the least fitted was 1.3."""

_BEGUN = 0.3
"""Share of the other atoms at which an element begins to be fitted in the bulk: chosen, a step of the fit can make it a
tenth or twice of that."""


class Layers:
    """The layers that a model knows.

    Parameters
    ----------
    model
        The physics, with the elements that may be layers, see `FitDecisions.layers`.
    """

    def __init__(self, model: ForwardModel) -> None:
        symbols = model.technique.elements
        self._model = model
        self.of = {symbols.index(symbol): name for symbol, name in model.decisions.layers.items()}
        """Elements, by index, that may be a layer, and the parameters that are its thickness."""

    def decided(self, fit: Fit, needed: Floats) -> Fit:
        """Return the fit with each of these elements on the surface or in the bulk.

        Parameters
        ----------
        fit
            The fit of one spectrum.
        needed
            Decrease of the cost that every element (element,) needs to be in the bulk; infinite: it cannot be there.
        """
        for element, name in self.of.items():
            if element not in fit.chosen:
                fit = self._if_too_thick(fit, element, name) if np.isfinite(needed[element]) else fit
            elif fit.chosen.size > 1 and fit.point.fraction[element] <= _BULK:
                fit = self._unless_needed(fit, element, name, needed[element])
        return fit

    def _unless_needed(self, fit: Fit, element: int, name: str, needed: float) -> Fit:
        """Return the fit with an element of the bulk on the surface, if a usual layer explains its lines as well."""
        thickness = self.foreseen(fit, element, name)
        if self.excess(fit, name, thickness) >= FAR_TOO_THICK:
            return fit
        surface = only_with(fit, fit.chosen != element, {name: thickness})
        return fit if self._is_too_thick(surface, name) or surface.cost - fit.cost > needed else surface

    def foreseen(self, fit: Fit, element: int, name: str) -> float:
        """Return the thickness at which a layer makes up for the lines of its element, as far as it does, linearly."""
        (index,) = [index for index, each in enumerate(fit.model.parameters) if each.name == name]
        parameter, lines = fit.model.parameters[index], fit.by_lines[np.searchsorted(fit.chosen, element)]
        grown = fit.by_lines[fit.unknowns.layout.parameters][index] / fit.unknowns.deviations[index]
        more = float(lines @ (fit.weight * grown)) / max(float(np.square(grown) @ fit.weight), 1e-300)
        return float(np.clip(fit.point.values[name] + more, parameter.low, parameter.high))

    def _if_too_thick(self, fit: Fit, element: int, name: str) -> Fit:
        """Return the fit with an element in the bulk, if its layer is too thick and it explains the spectrum better."""
        if not self._is_too_thick(fit, name):
            return fit
        bulk = with_element(fit, element, _BEGUN)
        return bulk if bulk.cost < fit.cost else fit

    def _is_too_thick(self, fit: Fit, name: str) -> bool:
        return self.excess(fit, name, fit.point.values[name]) >= 1.0

    def excess(self, fit: Fit, name: str, thickness: float) -> float:
        """Return by how much a layer is thicker than usual, over what is too thick."""
        return (thickness - fit.target.stated[name]) / (_THICKEST * self._model.priors.parameters[name])

    def widened(self, fit: Fit) -> Fit:
        """Return a fit with what the unknown thickness of its bulk elements' layers adds to its covariance.

        It is one standard deviation of the thickness, all that is free in the fit giving way.
        """
        families = fit.model.families(fit.chosen)
        for element, name in self.of.items():
            if element not in fit.chosen:
                continue
            value, deviation = fit.point.values[name], self._model.priors.parameters[name]
            thicker = {**fit.point.values, name: value + deviation}
            fit = fit.widened(fit.model.spectrum(replace(fit.point, values=thicker), families) - fit.spectrum)
        return fit

    def shown(self, fit: Fit) -> dict[int, Shown]:
        """Return what a fit shows of every element that it takes to be a layer, by its index."""
        thickness, deviation = layer_thicknesses(fit).T
        there = [element for element in self.of if np.isfinite(thickness[element]) and deviation[element] > 0.0]
        atoms = self._atoms(fit, np.array(there, dtype=np.intp)) if there else []
        return {
            element: Shown(float(thickness[element]), float(deviation[element]), more)
            for element, more in zip(there, atoms, strict=True)
        }

    def _atoms(self, fit: Fit, elements: NDArray[np.intp]) -> list[float]:
        """Return the atoms of elements, for each other atom, that would show in the bulk what their layers show."""
        lines, atoms, span = lines_beside(fit, elements, dict.fromkeys(self.of.values(), 0.0)), [], fit.target.span
        for element, bulk in zip(elements.tolist(), peaks(lines[:, span]), strict=True):
            without = replace(fit.point, values={**fit.point.values, self.of[element]: 0.0})
            layer = peaks((fit.spectrum - fit.model.spectrum(without, fit.unknowns.families))[span])
            alone = max(float(np.square(bulk) @ fit.weight), 1e-300)
            atoms.append(max(float(layer @ (fit.weight * bulk)) / alone, 0.0))
        return atoms
