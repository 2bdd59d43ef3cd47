"""The synthesizer of a recipe: truth drawn by numpy, spectra computed by torch."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from specquant.errors import SettingError
from specquant.library import PureLibrary
from specquant.recipe import Recipe
from specquant.synthesizer.base import BLOCK, Batch, Synthesizer
from specquant.synthesizer.mixing import mixing_law
from specquant.synthesizer.noise import add_noise
from specquant.synthesizer.shifting import ShiftTable
from specquant.synthesizer.truth import Pairs, add, draw_columns, draw_fractions, draw_pairs, spread
from specquant.technique import Floats, Technique

_STREAMS = {"train": 0, "validation": 1, "evaluation": 2}


class RecipeSynthesizer(Synthesizer):
    """Spectra of a technique by a recipe.

    Parameters
    ----------
    technique, library, recipe
        Whose facts, which pure spectra, which ranges.
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
        self.elements = technique.elements
        self.axis = technique.axis
        self._technique, self._recipe = technique, recipe
        self._seed, self._stream, self._device = seed, stream, device
        self._response = technique.response(technique.axis) if recipe.response and technique.response else None
        variable = "primary" if self._response else "density"
        if variable not in library.dataset:
            raise SettingError(
                "recipe varies the response, which measured pure spectra already contain",
                where=recipe.name,
                todo="Use a recipe without response, such as article, or a rendered library.",
            )
        symbols = [str(symbol) for symbol in library.dataset["element"].values]
        padded = library.on(technique.axis.padded(technique.margin), variable)
        self._groups = np.array([str(group) for group in library.dataset["group"].values])
        if technique.mixing is None and not recipe.group_scatter and not recipe.group_shift:
            symbols, padded, self._groups = _tied(symbols, padded)
        self._components = [technique.elements.index(symbol) for symbol in symbols]
        factors = np.array([technique.sensitivity[symbol] for symbol in technique.elements])
        self._mixing = mixing_law(technique, symbols, factors)
        held = set(symbols)
        self._additions = tuple(  # what the library lacks would be labelled and not be seen
            replace(addition, shares={symbol: share for symbol, share in addition.shares.items() if symbol in held})
            for addition in recipe.additions
        )
        self._weights = np.array(
            [recipe.prior.get(symbol, recipe.prior_default) if symbol in held else 0.0 for symbol in self.elements]
        )
        self._ranges = np.array([technique.chemical_shift.get(symbol, (0.0, 0.0)) for symbol in self.elements])
        padding = int(np.ceil(technique.margin / technique.axis.step))
        self._table = ShiftTable(padded, technique.axis, padding, device)
        self._slots = self._component_slots()

    def _component_slots(self) -> np.ndarray:
        """Return the components of every element, shape (element, most components), -1 where there are fewer."""
        most = max(self._components.count(element) for element in set(self._components))
        slots = np.full((len(self.elements), most), -1)
        used = [0] * len(self.elements)
        for component, element in enumerate(self._components):
            slots[element, used[element]] = component
            used[element] += 1
        return slots

    def block(self, index: int) -> Batch:
        """Return the spectra of one block."""
        rng = np.random.default_rng([self._seed, _STREAMS[self._stream], index])
        recipe = self._recipe
        fractions = draw_fractions(recipe, self._weights, rng, BLOCK)
        for addition in self._additions:
            fractions = add(fractions, addition, self.elements, rng)
        columns = draw_columns(recipe, self._technique.defaults(), rng, BLOCK)
        pairs = draw_pairs(recipe, fractions, self._ranges, rng)
        lines, groups = self._lines(fractions, pairs, columns["global_shift"], rng)
        noise_seed = int(rng.integers(2**62))
        counts, observed = self._measure(lines, columns, noise_seed)
        shape = (BLOCK, len(self.elements))
        nuisance: dict[str, tuple[tuple[str, ...], Floats]] = {name: ((), drawn) for name, drawn in columns.items()}
        nuisance["element_shift"] = (("element",), spread(pairs, pairs.shift, shape))
        nuisance["sensitivity_factor"] = (("element",), spread(pairs, pairs.factor, shape))
        if recipe.second_state is not None:
            nuisance["second_share"] = (("element",), spread(pairs, pairs.second_share, shape))
            nuisance["second_shift"] = (("element",), spread(pairs, pairs.second_shift, shape))
        nuisance.update(groups)
        fraction = torch.from_numpy(fractions.astype(np.float32)).to(self._device)
        return Batch(counts, observed, fraction, nuisance)

    def _lines(
        self, fractions: Floats, pairs: Pairs, global_shift: Floats, rng: np.random.Generator
    ) -> tuple[Tensor, dict[str, tuple[tuple[str, ...], Floats]]]:
        """Return the sum of all components, and what was drawn per component."""
        recipe = self._recipe
        slots = self._slots[pairs.element]
        pair, slot = np.nonzero(slots >= 0)
        component, sample = slots[pair, slot], pairs.sample[pair]
        factor, moved = np.ones(component.shape), np.zeros(component.shape)
        for group, scatter in recipe.group_scatter.items():
            chosen = np.flatnonzero(self._groups[component] == group)
            factor[chosen] = scatter.draw(rng, chosen.shape)
        for group, shift in recipe.group_shift.items():
            chosen = np.flatnonzero(self._groups[component] == group)
            moved[chosen] = shift.draw(rng, chosen.shape)
        weight = self._mixing.intensities(fractions)[sample, component] * pairs.factor[pair] * factor
        at = global_shift[sample] + pairs.shift[pair] + moved
        second = np.flatnonzero(pairs.second_share[pair] > 0)
        share = pairs.second_share[pair]
        entries = (
            np.concatenate([sample, sample[second]]),
            np.concatenate([component, component[second]]),
            np.concatenate([at, at[second] + pairs.second_shift[pair][second]]),
            np.concatenate([weight * (1 - share), (weight * share)[second]]),
        )
        order = np.argsort(entries[0], kind="stable")
        samples, rows, shifts, weights = (entry[order] for entry in entries)
        lines = self._table.sum(samples, rows, shifts, weights, len(fractions))
        drawn: dict[str, tuple[tuple[str, ...], Floats]] = {}
        for name, values, used in (
            ("component_factor", factor, recipe.group_scatter),
            ("component_shift", moved, recipe.group_shift),
        ):
            if used:
                wide = np.full((len(fractions), len(self._components)), np.nan)
                wide[sample, component] = values
                drawn[name] = (("component",), wide)
        return lines, drawn

    def _measure(self, lines: Tensor, columns: dict[str, Floats], seed: int) -> tuple[Tensor, Tensor]:
        """Return noisy counts and which channels were observed."""
        values = {name: torch.from_numpy(drawn.astype(np.float32)).to(self._device) for name, drawn in columns.items()}
        spectra = lines
        if self._response is not None:
            spectra = self._response(lines, {name: values[name] for name in self._technique.defaults()})
        centres = torch.from_numpy(self.axis.centres.astype(np.float32)).to(self._device)
        observed = (centres >= values["low_end"][:, None]) & (centres <= values["high_end"][:, None])
        strongest = (spectra * observed).amax(dim=1, keepdim=True).clamp_min(1e-12)
        along = torch.linspace(-1.0, 1.0, self.axis.size, device=spectra.device)
        background = values["background_level"][:, None] * (1.0 + values["background_slope"][:, None] * along)
        expected = (spectra / strongest + background) * values["peak_counts"][:, None]
        counts = add_noise(expected, values["noise_factor"], values["smoothed"] > 0, seed)
        return counts * observed, observed


def _tied(symbols: list[str], rows: Floats) -> tuple[list[str], Floats, np.ndarray]:
    """Return one row per element, for recipes in which all components of an element move and scale together."""
    elements = list(dict.fromkeys(symbols))
    place = np.array([elements.index(symbol) for symbol in symbols])
    total = np.zeros((len(elements), rows.shape[1]))
    np.add.at(total, place, rows)
    return elements, total, np.array(["tied"] * len(elements))
