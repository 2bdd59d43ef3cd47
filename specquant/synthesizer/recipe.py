"""The synthesizer of a recipe: truth drawn by numpy, spectra computed by torch."""

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from specquant.errors import SettingError
from specquant.library import PureLibrary
from specquant.recipes import Addition, Recipe
from specquant.synthesizer.anatomy import Anatomy
from specquant.synthesizer.base import BLOCK, Batch, Synthesizer
from specquant.synthesizer.components import ComponentSum, Owners, placed
from specquant.synthesizer.noise import add_noise
from specquant.synthesizer.truth import (
    ComponentTable,
    Truth,
    add,
    draw_fractions,
    draw_nuisances,
    draw_pairs,
    draw_parameters,
    draw_parts,
    draw_stated,
    spread,
)
from specquant.technique import Floats, Technique
from specquant.technique.bridging import bridged_response

_STREAMS = {"train": 0, "validation": 1, "evaluation": 2}
"""Number of each stream in the seed of its generators."""

_ABSENT = 1
"""Last number in the seed of the generator that draws the elements that are absent from a sample."""


class RecipeSynthesizer(Synthesizer):
    """Spectra of a technique by a recipe.

    Parameters
    ----------
    seed
        Same seed, same spectra.
    device
        ``cpu`` or ``cuda``. The truth is the same on all devices, noise is drawn on the device.
    stream
        ``train``, ``validation`` or ``evaluation``: streams of one seed share no spectrum.

    Raises
    ------
    SettingError
        If the recipe varies the response but the library holds no bare lines, or the stream is unknown.
    """

    def __init__(
        self,
        technique: Technique,
        library: PureLibrary,
        recipe: Recipe,
        seed: int,
        device: str = "cpu",
        stream: str = "train",
    ) -> None:
        if stream not in _STREAMS:
            raise SettingError("no such stream", found=stream, wanted=f"one of {', '.join(_STREAMS)}")
        self.elements, self.axis = technique.elements, technique.axis
        self.stated = tuple(parameter.name for parameter in technique.stated)
        self._defaults, self._recipe = technique.defaults(), recipe
        self._seed, self._stream, self._device = seed, stream, device
        response = technique.response if recipe.response else None
        self._response = bridged_response(response(technique.axis)) if response else None
        if self._response and not library.has_bare_lines:
            raise SettingError(
                "recipe varies the response, which measured pure spectra already contain",
                where=recipe.name,
                todo="Use a recipe without response, such as article, or a rendered library.",
            )
        self._sum = ComponentSum(technique, library, recipe, self._response is not None, device)
        self._table = ComponentTable.of(self._sum.components, technique.elements)
        available = set(library.elements)  # what the library lacks would be labelled and not be seen
        self._additions = tuple(_among(addition, available) for addition in recipe.additions)
        self._weights = np.array(
            [recipe.prior.get(symbol, recipe.prior_default) if symbol in available else 0.0 for symbol in self.elements]
        )
        self._ranges = technique.shift_ranges

    @property
    def linear(self) -> bool:
        """Whether spectra are sums of what each element looks like alone."""
        return self._sum.linear

    def block(self, index: int) -> Batch:
        """Return the spectra of one block."""
        truth = self._draw(index)
        parameters, nuisances = truth.parameters, truth.nuisances
        whole = self._seen(truth, Owners(truth.parts.sample, np.arange(BLOCK)))
        expected, observed = self._expected(whole, nuisances)
        noise_factor, smoothed = self._tensor(nuisances["noise_factor"]), self._tensor(nuisances["smoothed"]) > 0
        counts = add_noise(expected, noise_factor, smoothed, truth.noise_seed) * observed
        true = np.array([parameters[name] for name in self.stated]).reshape(-1, BLOCK).T
        stated = self._tensor(np.where(truth.stated, true, np.nan))
        return Batch(counts, observed, self._tensor(truth.fractions), stated, parameters, self._nuisance(truth))

    def _nuisance(self, truth: Truth) -> dict[str, tuple[tuple[str, ...], Floats]]:
        """Return what was drawn beside fractions and parameters, as a batch holds it."""
        recipe, pairs, parts, shape = self._recipe, truth.pairs, truth.parts, (BLOCK, len(self.elements))
        nuisance: dict[str, tuple[tuple[str, ...], Floats]] = {
            **{name: ((), values) for name, values in truth.nuisances.items()},
            "element_shift": (("element",), spread(pairs, pairs.shift, shape)),
            "sensitivity_factor": (("element",), spread(pairs, pairs.factor, shape)),
        }
        if recipe.second_state is not None:
            nuisance["second_share"] = (("element",), spread(pairs, pairs.second_share, shape))
            nuisance["second_shift"] = (("element",), spread(pairs, pairs.second_shift, shape))
        for name, values, varied in (
            ("component_factor", parts.factor, recipe.group_scatter),
            ("component_shift", parts.shift, recipe.group_shift),
        ):
            if varied:
                wide = np.full((BLOCK, self._table.groups.size), np.nan)
                wide[parts.sample, parts.component] = values
                nuisance[name] = (("component",), wide)
        return nuisance

    def anatomy(self, index: int) -> Anatomy:
        """Return what the spectra of a block consist of: made by the same steps, but element by element."""
        truth = self._draw(index)
        pairs = truth.pairs
        whole = self._seen(truth, Owners(truth.parts.sample, np.arange(BLOCK)))
        expected, observed = (values.cpu().numpy() for values in self._expected(whole, truth.nuisances))
        apart = self._apart(truth).astype(np.float64)
        strongest = (whole.cpu().numpy() * observed).max(axis=1).clip(1e-12)
        fraction = truth.fractions[pairs.sample, pairs.element]
        scale = (truth.nuisances["peak_counts"] / strongest)[pairs.sample] / fraction
        columns = apart * scale[:, None]
        of_elements = Anatomy(pairs.sample, pairs.element, fraction, columns, 0.0 * expected, observed)
        return replace(of_elements, background=expected - of_elements.expected())

    def alternatives(self, index: int) -> np.ndarray[tuple[int, int, int], np.dtype[np.float32]]:
        """Return what every element would look like in the spectra of a block, were it there.

        Shape (sample, element, energy), per unit of atomic fraction, before the scale of the spectrum; zero for
        elements that the recipe does not draw. Those that are there have the shifts and factors of `anatomy`, the
        others have some drawn in the same way. A spectrum is ``scale x sum of fraction x alternative + background``.

        Raises
        ------
        SettingError
            If the mixing law is not linear: what an element looks like then depends on the others.
        """
        if not self.linear:
            raise SettingError(
                "elements of this recipe have no spectra of their own, since its mixing law is not linear",
                where=self._recipe.name,
                todo="Use a recipe with linear mixing.",
            )
        truth = self._draw(index)
        absent = ((truth.fractions == 0) & (self._weights > 0)).astype(np.float64)
        rng = np.random.default_rng([self._seed, _STREAMS[self._stream], index, _ABSENT])
        pairs = draw_pairs(self._recipe, absent, self._ranges, rng)
        parts = draw_parts(self._recipe, pairs, self._table, rng, BLOCK)
        others = replace(truth, fractions=absent, pairs=pairs, parts=parts)
        spectra = np.zeros((*absent.shape, self.axis.size), dtype=np.float32)
        for drawn in (truth, others):
            sample, element = drawn.pairs.sample, drawn.pairs.element
            spectra[sample, element] = self._apart(drawn) / drawn.fractions[sample, element, None]
        return spectra

    def _draw(self, index: int) -> Truth:
        """Draw the truth of one block; the order of the draws is part of what a seed means."""
        rng, recipe = np.random.default_rng([self._seed, _STREAMS[self._stream], index]), self._recipe
        fractions = draw_fractions(recipe, self._weights, rng, BLOCK)
        for addition in self._additions:
            fractions = add(fractions, addition, self.elements, rng)
        parameters = draw_parameters(recipe, self._defaults, rng, BLOCK)
        nuisances = draw_nuisances(recipe, rng, BLOCK)
        pairs = draw_pairs(recipe, fractions, self._ranges, rng)
        parts = draw_parts(recipe, pairs, self._table, rng, BLOCK)
        noise_seed = int(rng.integers(2**62))
        stated = draw_stated(recipe, self.stated, rng, BLOCK)
        return Truth(fractions, parameters, nuisances, pairs, parts, noise_seed, stated)

    def _seen(self, truth: Truth, owners: Owners) -> Tensor:
        """Return what the instrument makes of the components of each owner, (owner, energy), in any unit."""
        lines: Tensor = self._sum.of(truth, owners)
        if self._response is None:
            return lines
        values = {name: self._tensor(value[owners.sample]) for name, value in truth.parameters.items()}
        spectra: Tensor = self._response(lines, values)
        return spectra

    def _apart(self, truth: Truth) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        """Return what the instrument makes of each element of each sample alone, shape (pair, energy)."""
        parts = truth.parts.of_elements()
        return np.asarray(self._seen(replace(truth, parts=parts), Owners(parts.pair, truth.pairs.sample)).cpu().numpy())

    def _expected(self, spectra: Tensor, nuisances: Mapping[str, Floats]) -> tuple[Tensor, Tensor]:
        """Return expected counts on their background, and which channels were observed, (sample, energy) each."""
        names = ("low_end", "high_end", "background_level", "background_slope", "peak_counts")
        low, high, level, slope, counts = (self._tensor(nuisances[name])[:, None] for name in names)
        centres = self._tensor(self.axis.centres)
        observed = (centres >= low) & (centres <= high)
        strongest = (spectra * observed).amax(dim=1, keepdim=True).clamp_min(1e-12)
        along = torch.linspace(-1.0, 1.0, self.axis.size, device=spectra.device)
        return (spectra / strongest + level * (1.0 + slope * along)) * counts, observed

    def _tensor(self, array: Floats) -> Tensor:
        on_device: Tensor = placed(array, self._device)
        return on_device


def _among(addition: Addition, elements: Collection[str]) -> Addition:
    """Return the part of an addition that consists of some elements."""
    return replace(addition, shares={symbol: share for symbol, share in addition.shares.items() if symbol in elements})
