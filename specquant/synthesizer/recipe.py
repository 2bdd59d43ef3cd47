"""The synthesizer of a recipe: truth drawn by numpy, spectra computed by torch."""

from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor

from specquant.errors import SettingError
from specquant.library import PureLibrary
from specquant.mixing import LinearMixing, intensities, mixes_linearly, mixing_law, places
from specquant.recipes.distributions import Constant
from specquant.recipes.recipe import Recipe
from specquant.synthesizer.anatomy import Anatomy
from specquant.synthesizer.base import BLOCK, Batch, Synthesizer
from specquant.synthesizer.noise import add_noise
from specquant.synthesizer.shifting import ShiftTable
from specquant.synthesizer.truth import Ints, Pairs, add, draw_columns, draw_fractions, draw_pairs, draw_told, spread
from specquant.technique import Floats, Technique

_STREAMS = {"train": 0, "validation": 1, "evaluation": 2}


@dataclass(frozen=True)
class _Parts:
    """The components that occur in each sample, with what was drawn for them; shape (part,).

    `pair` is the place of the element among the pairs, -1 for a component of no element.
    """

    sample: Ints
    component: Ints
    pair: Ints
    factor: Floats
    shift: Floats

    def of_elements(self) -> "_Parts":
        """Return the parts that belong to an element."""
        return _Parts(*(getattr(self, entry.name)[self.pair >= 0] for entry in fields(self)))


@dataclass(frozen=True)
class _Truth:
    """All that was drawn for one block."""

    fractions: Floats
    columns: dict[str, Floats]
    pairs: Pairs
    parts: _Parts
    noise_seed: int
    told: np.ndarray


@dataclass(frozen=True)
class _Owners:
    """Who components are summed for: the owner of each part (part,), and the sample of each owner (owner,)."""

    of_part: Ints
    sample: Ints


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
        self.stated = tuple(parameter.name for parameter in technique.stated)
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
        symbols, labels = (list(map(str, library.dataset[name].values)) for name in ("element", "label"))
        padded = library.on(technique.axis.padded(technique.margin), variable)
        self._groups = np.array([str(group) for group in library.dataset["group"].values])
        linear = recipe.linear_mixing or mixes_linearly(technique, labels)
        if linear and not recipe.group_scatter and not recipe.group_shift:
            symbols, padded, self._groups = _tied(symbols, padded)
            labels = symbols
        self._components = places(symbols, technique.elements)
        self._mixing = mixing_law(technique, symbols, labels, linear)
        self._precision = torch.float64 if linear else torch.float32  # a linear law costs nothing
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
        self._table: ShiftTable | None = None
        if _shifts(recipe):
            self._table = ShiftTable(padded, technique.axis, padding, device)
        else:
            inside = padded[:, padding : padding + technique.axis.size].astype(np.float32)
            self._rows = torch.from_numpy(inside).to(device)
        self._slots = self._component_slots()
        self._free = np.flatnonzero(np.array(self._components) < 0)

    def _component_slots(self) -> np.ndarray:
        """Return the components of every element, shape (element, most components), -1 where there are fewer."""
        most = max(self._components.count(element) for element in set(self._components) - {-1})
        slots = np.full((len(self.elements), most), -1)
        used = [0] * len(self.elements)
        for component, element in enumerate(self._components):
            if element < 0:
                continue
            slots[element, used[element]] = component
            used[element] += 1
        return slots

    def block(self, index: int) -> Batch:
        """Return the spectra of one block."""
        truth = self._draw(index)
        recipe, columns, pairs, parts = self._recipe, truth.columns, truth.pairs, truth.parts
        expected, observed = self._expected(self._seen(truth, _Owners(parts.sample, np.arange(BLOCK))), columns)
        noise_factor, smoothed = self._tensor(columns["noise_factor"]), self._tensor(columns["smoothed"]) > 0
        counts = add_noise(expected, noise_factor, smoothed, truth.noise_seed) * observed
        shape = (BLOCK, len(self.elements))
        nuisance: dict[str, tuple[tuple[str, ...], Floats]] = {name: ((), drawn) for name, drawn in columns.items()}
        nuisance["element_shift"] = (("element",), spread(pairs, pairs.shift, shape))
        nuisance["sensitivity_factor"] = (("element",), spread(pairs, pairs.factor, shape))
        if recipe.second_state is not None:
            nuisance["second_share"] = (("element",), spread(pairs, pairs.second_share, shape))
            nuisance["second_shift"] = (("element",), spread(pairs, pairs.second_shift, shape))
        for name, values, used in (
            ("component_factor", parts.factor, recipe.group_scatter),
            ("component_shift", parts.shift, recipe.group_shift),
        ):
            if used:
                wide = np.full((BLOCK, len(self._components)), np.nan)
                wide[parts.sample, parts.component] = values
                nuisance[name] = (("component",), wide)
        true = np.array([columns[name] for name in self.stated]).reshape(-1, BLOCK).T
        stated = self._tensor(np.where(truth.told, true, np.nan))
        return Batch(counts, observed, self._tensor(truth.fractions), stated, nuisance)

    def anatomy(self, index: int) -> Anatomy:
        """Return what the spectra of a block consist of: made by the same steps, but element by element."""
        truth = self._draw(index)
        pairs, parts = truth.pairs, truth.parts
        whole = self._seen(truth, _Owners(parts.sample, np.arange(BLOCK)))
        expected, observed = (made.cpu().numpy() for made in self._expected(whole, truth.columns))
        apart = self._apart(truth).astype(np.float64)
        strongest = (whole.cpu().numpy() * observed).max(axis=1).clip(1e-12)
        fraction = truth.fractions[pairs.sample, pairs.element]
        scale = (truth.columns["peak_counts"] / strongest)[pairs.sample] / fraction
        found = Anatomy(pairs.sample, pairs.element, fraction, apart * scale[:, None], 0.0 * expected, observed)
        return replace(found, background=expected - found.expected())

    @property
    def linear(self) -> bool:
        """Whether spectra are sums of what each element looks like alone."""
        return isinstance(self._mixing, LinearMixing)

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
        absent = (truth.fractions == 0) & (self._weights > 0)
        rng = np.random.default_rng([self._seed, _STREAMS[self._stream], index, 1])
        pairs = draw_pairs(self._recipe, absent.astype(np.float64), self._ranges, rng)
        others = replace(truth, fractions=absent.astype(np.float64), pairs=pairs, parts=self._parts(pairs, rng))
        made = np.zeros((*absent.shape, self.axis.size), dtype=np.float32)
        for drawn in (truth, others):
            sample, element = drawn.pairs.sample, drawn.pairs.element
            made[sample, element] = self._apart(drawn) / drawn.fractions[sample, element, None]
        return made

    def _draw(self, index: int) -> _Truth:
        """Draw the truth of one block."""
        rng, recipe = np.random.default_rng([self._seed, _STREAMS[self._stream], index]), self._recipe
        fractions = draw_fractions(recipe, self._weights, rng, BLOCK)
        for addition in self._additions:
            fractions = add(fractions, addition, self.elements, rng)
        columns = draw_columns(recipe, self._technique.defaults(), rng, BLOCK)
        pairs = draw_pairs(recipe, fractions, self._ranges, rng)
        parts = self._parts(pairs, rng)
        noise_seed = int(rng.integers(2**62))
        return _Truth(fractions, columns, pairs, parts, noise_seed, draw_told(recipe, self.stated, rng, BLOCK))

    def _seen(self, truth: _Truth, owners: _Owners) -> Tensor:
        """Return what the instrument makes of the components of each owner, (owner, energy), in any unit."""
        lines = self._lines(self._intensities(truth.fractions, truth.columns), truth, owners)
        if self._response is None:
            return lines
        settings = {name: self._tensor(truth.columns[name][owners.sample]) for name in self._technique.defaults()}
        return self._response(lines, settings)

    def _apart(self, truth: _Truth) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        """Return what the instrument makes of each element of each sample alone, shape (pair, energy)."""
        parts = truth.parts.of_elements()
        seen = self._seen(replace(truth, parts=parts), _Owners(parts.pair, truth.pairs.sample))
        return np.asarray(seen.cpu().numpy())

    def _parts(self, pairs: Pairs, rng: np.random.Generator) -> _Parts:
        """Draw what differs from component to component."""
        slots = self._slots[pairs.element]
        pair, slot = np.nonzero(slots >= 0)
        free_sample, free = np.repeat(np.arange(BLOCK), self._free.size), np.tile(self._free, BLOCK)
        sample = np.concatenate([pairs.sample[pair], free_sample])
        component = np.concatenate([slots[pair, slot], free])
        factor, moved = np.ones(component.shape), np.zeros(component.shape)
        for group, scatter in self._recipe.group_scatter.items():
            chosen = np.flatnonzero(self._groups[component] == group)
            factor[chosen] = scatter.draw(rng, chosen.shape)
        for group, shift in self._recipe.group_shift.items():
            chosen = np.flatnonzero(self._groups[component] == group)
            moved[chosen] = shift.draw(rng, chosen.shape)
        return _Parts(sample, component, np.concatenate([pair, np.full(free.shape, -1)]), factor, moved)

    def _intensities(self, fractions: Floats, columns: dict[str, Floats]) -> Tensor:
        """Return (sample, component) intensities by the mixing law, before any scatter."""
        settings = {name: self._tensor(columns[name], self._precision) for name in self._technique.defaults()}
        return intensities(self._mixing, self._tensor(fractions, self._precision), settings, self._components)

    def _lines(self, intensity: Tensor, truth: _Truth, owners: _Owners) -> Tensor:
        """Return the sum of all components of each owner, (owner, energy)."""
        pairs, parts, owner = truth.pairs, truth.parts, owners.of_part
        sample, component, pair = parts.sample, parts.component, parts.pair
        of_element = np.append(pairs.factor, 1.0)[pair]  # -1, no element, finds what is appended
        if self._table is None:
            scale = np.zeros((owners.sample.size, len(self._components)))
            scale[owner, component] = of_element * parts.factor
            return (intensity[torch.from_numpy(owners.sample)] * self._tensor(scale)).float() @ self._rows
        weight = intensity.double().cpu().numpy()[sample, component] * of_element * parts.factor
        at = truth.columns["global_shift"][sample] + np.append(pairs.shift, 0.0)[pair] + parts.shift
        share = np.append(pairs.second_share, 0.0)[pair]
        second = np.flatnonzero(share > 0)
        entries = (
            np.concatenate([owner, owner[second]]),
            np.concatenate([component, component[second]]),
            np.concatenate([at, at[second] + pairs.second_shift[pair[second]]]),
            np.concatenate([weight * (1 - share), (weight * share)[second]]),
        )
        order = np.argsort(entries[0], kind="stable")
        whose, rows, shifts, weights = (entry[order] for entry in entries)
        return self._table.sum(whose, rows, shifts, weights, owners.sample.size)

    def _expected(self, spectra: Tensor, columns: dict[str, Floats]) -> tuple[Tensor, Tensor]:
        """Return expected counts on their background, and which channels were observed, (sample, energy) each."""
        names = ("low_end", "high_end", "background_level", "background_slope", "peak_counts")
        low, high, level, slope, counts = (self._tensor(columns[name])[:, None] for name in names)
        centres = self._tensor(self.axis.centres)
        observed = (centres >= low) & (centres <= high)
        strongest = (spectra * observed).amax(dim=1, keepdim=True).clamp_min(1e-12)
        along = torch.linspace(-1.0, 1.0, self.axis.size, device=spectra.device)
        return (spectra / strongest + level * (1.0 + slope * along)) * counts, observed

    def _tensor(self, array: Floats, dtype: torch.dtype = torch.float32) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(dtype).to(self._device)


def _shifts(recipe: Recipe) -> bool:
    """Return whether lines of the recipe lie anywhere but in their nominal places."""
    shifts = (recipe.global_shift, recipe.element_shift, *recipe.group_shift.values())
    moved = any(shift != Constant(0.0) for shift in shifts)
    return moved or recipe.element_shift_range is not None or recipe.second_state is not None


def _tied(symbols: list[str], rows: Floats) -> tuple[list[str], Floats, np.ndarray]:
    """Return one row per element, for recipes in which all components of an element move and scale together."""
    elements = list(dict.fromkeys(symbols))
    place = np.array([elements.index(symbol) for symbol in symbols])
    total = np.zeros((len(elements), rows.shape[1]))
    np.add.at(total, place, rows)
    return elements, total, np.array(["tied"] * len(elements))
