"""A technique that passes every check of the kit, and one broken variant of it for each check."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
import xarray as xr
from torch import Tensor

import specquant
from specquant.discovery import Plugin
from specquant.plugin import (
    Component,
    Constant,
    EnergyAxis,
    Estimate,
    Explainer,
    InstrumentParameter,
    Peak,
    ProbeExample,
    Quantifier,
    RawSpectrum,
    Reader,
    ReadError,
    Recipe,
    Role,
    Section,
    Spectra,
    Technique,
    Uniform,
    components_from_peaks,
)
from specquant.testing import Sample

# element: sensitivity, then per line its group, energy (eV), width (eV) and area
LINES = {
    "Li": (0.5, [("main", 24.0, 3.0, 1.0)]),
    "Be": (0.8, [("main", 52.0, 3.0, 1.0)]),
    "B": (1.0, [("main", 83.0, 4.0, 1.0), ("second", 30.0, 4.0, 0.3)]),
    "C": (1.3, [("main", 112.0, 4.0, 1.0), ("second", 60.0, 4.0, 0.2)]),
    "N": (1.6, [("main", 144.0, 4.0, 0.7), ("main", 151.0, 4.0, 0.3)]),
    "O": (2.0, [("main", 178.0, 5.0, 0.7), ("main", 187.0, 5.0, 0.3), ("second", 96.0, 5.0, 0.2)]),
}
PEAKS = tuple(
    Peak(element, f"{element} {group}", energy, width, area, group)
    for element, (_, lines) in LINES.items()
    for group, energy, width, area in lines
)
ELEMENTS = tuple(LINES)
AXIS = EnergyAxis(0.0, 200.0, 1.0)


def rendering(peaks: Sequence[Peak] = PEAKS) -> Callable[[EnergyAxis, Mapping[str, float]], list[Component]]:
    return lambda axis, values: components_from_peaks(axis, peaks)  # noqa: ARG005


def gained(axis: EnergyAxis) -> Callable[[Tensor, Mapping[str, Tensor]], Tensor]:  # noqa: ARG001
    return lambda primary, values: primary * values["gain"][:, None]


class Stopping:
    """Lines get out the less, the higher the voltage."""

    def __init__(self, elements: Sequence[str], labels: Sequence[str]) -> None:
        del labels
        self.elements = elements
        self.factor = torch.tensor([LINES[symbol][0] for symbol in elements], dtype=torch.float64)
        self.boron = torch.tensor([float(symbol == "B") for symbol in elements], dtype=torch.float64)

    def yields(self, fraction: Tensor, values: Mapping[str, Tensor]) -> Tensor:
        depth = values["voltage"][:, None] / 10.0
        return self.factor.to(fraction) / (1.0 + depth * self.factor.to(fraction))


def two_minded(axis: EnergyAxis) -> Callable[[Any, Mapping[str, Any]], Any]:  # noqa: ARG001
    """Return a response that sees more in numpy than in torch."""

    def response(primary: Any, values: Mapping[str, Any]) -> Any:
        return primary * values["gain"][:, None] * (1.01 if isinstance(primary, np.ndarray) else 1.0)

    response.arrays = "both"  # type: ignore[attr-defined]
    return response


class TwoMinded(Stopping):
    """Knows of more photons in numpy than in torch."""

    arrays = "both"

    def yields(self, fraction: Any, values: Mapping[str, Any]) -> Any:
        is_numpy = isinstance(fraction, np.ndarray)
        factor = self.factor.numpy().astype(fraction.dtype) if is_numpy else self.factor.to(fraction)
        return factor / (1.0 + values["voltage"][:, None] / 10.0 * factor) * (1.01 if is_numpy else 1.0)


class Even(Quantifier):
    """Says that every element is there alike."""

    def estimate(self, spectra: Spectra) -> Estimate:
        return Estimate.without_interval(np.full((len(spectra), len(ELEMENTS)), 1.0 / len(ELEMENTS)))


class Flat(Explainer):
    """Says that every energy counts alike."""

    def attribute(self, quantifier: Quantifier, spectra: Spectra | None) -> xr.Dataset:  # noqa: ARG002
        technique = quantifier.technique
        shape = (technique.axis.size, len(technique.elements))
        return xr.Dataset(
            {
                "response": (("probe_energy", "element"), np.full(shape, 0.5)),
                "baseline": ("element", np.full(shape[1], 0.5)),
            },
            coords={"probe_energy": technique.axis.centres, "element": list(technique.elements)},
            attrs={"probe_width": 3.0, "probe_shape": "gaussian"},
        )


def read(path: Path) -> list[RawSpectrum]:
    rows = []
    for number, line in enumerate(path.read_text(errors="replace").splitlines()[1:], start=2):
        try:
            energy, counts = map(float, line.split())
        except ValueError as error:
            raise ReadError("is not a row of two numbers", where=f"{path}, line {number}", found=repr(line)) from error
        rows.append((energy, counts))
    if not rows:
        raise ReadError("holds no rows", where=path)
    return [RawSpectrum(path.stem, *np.array(rows).T, stated={"gain": 1.0}, header={"kind": "toy"})]


def in_per_cent(path: Path) -> list[RawSpectrum]:
    return [replace(raw, stated={"gain": 100.0}) for raw in read(path)]


class Tiring:
    """A reader that sees less every time."""

    def __init__(self) -> None:
        self.times = itertools.count(1)

    def __call__(self, path: Path) -> list[RawSpectrum]:
        return [raw.on(raw.energy, raw.counts / next(self.times)) for raw in read(path)]


def careless(path: Path) -> list[RawSpectrum]:
    rows = [list(map(float, line.split())) for line in path.read_text(errors="replace").splitlines()[1:]]
    return [RawSpectrum(path.stem, *np.array(rows).T, stated={"gain": 1.0})]


def reader(name: str = "kit", suffix: str = ".kit", mark: bytes = b"KIT", read: Any = read) -> Reader:
    return Reader(name, (suffix,), lambda head: head.startswith(mark), read)


GAIN = InstrumentParameter("gain", 1.0, 0.5, 2.0, "", "how much is seen", Role.STATED)
VOLTAGE = InstrumentParameter("voltage", 10.0, 5.0, 20.0, "kV", "of the beam")
RECIPE = Recipe(
    "simple",
    "One to three elements at good counts",
    (0.2, 0.4, 0.4),
    response={"gain": Uniform(0.8, 1.2)},
    counts=Constant(1e4),
)


@dataclass
class Toy:
    """What a plug-in hands over, before it is registered; `after` changes what was registered."""

    technique: Technique
    readers: tuple[Reader, ...] = (reader(),)
    quantifiers: Mapping[str, Any] = None  # type: ignore[assignment]
    explainers: Mapping[str, Any] = None  # type: ignore[assignment]
    sections: tuple[Section, ...] = (Section("Remark", lambda technique, samples: [f"{len(samples)} spectra"]),)  # noqa: ARG005
    sample: Mapping[str, Any] = None  # type: ignore[assignment]
    rows: Any = None
    after: Callable[[Plugin], Plugin] = lambda plugin: plugin

    def register(self) -> Plugin:
        plugin = specquant.register(
            self.technique,
            readers=self.readers,
            quantifiers={"even": Even} if self.quantifiers is None else self.quantifiers,
            explainers={"flat": Flat} if self.explainers is None else self.explainers,
            sections=self.sections,
        )
        return self.after(plugin)

    def samples(self, folder: Path) -> list[Sample]:
        energy = AXIS.centres if self.rows is None else self.rows
        table = "\n".join(f"{e:g} {100 + e:g}" for e in energy)
        (folder / "a.kit").write_text(f"KIT\n{table}\n")
        return [Sample(folder / "a.kit", **({"points": len(energy)} if self.sample is None else self.sample))]


def sound(**changes: Any) -> Technique:
    return replace(
        Technique(
            name="kit",
            title="Kit toy",
            axis=AXIS,
            elements=ELEMENTS,
            sensitivity={symbol: line[0] for symbol, line in LINES.items()},
            peaks=PEAKS,
            recipes={"simple": RECIPE},
            parameters=(GAIN, VOLTAGE),
            margin=10.0,
            render=rendering(),
            response=gained,
            mixing=Stopping,
            orient=lambda raw: raw,
        ),
        **changes,
    )


def toy(**changes: Any) -> Toy:
    return Toy(sound(**changes))


def recipe(**changes: Any) -> Toy:
    return toy(recipes={"simple": replace(RECIPE, **changes)})


def law(change: Callable[[Tensor, Tensor, Mapping[str, Tensor], Any], Tensor]) -> Toy:
    """Return the toy with yields that `change` makes of the right ones."""

    class Changed(Stopping):
        def yields(self, fraction: Tensor, values: Mapping[str, Tensor]) -> Tensor:
            return change(super().yields(fraction, values), fraction, values, self)

    return toy(mixing=Changed)


def response(change: Callable[[Tensor, Mapping[str, Tensor]], Tensor]) -> Toy:
    return toy(response=lambda axis: change)  # noqa: ARG005


def quantifier(fraction: Callable[[np.ndarray, Spectra], np.ndarray]) -> Toy:
    class Changed(Even):
        def estimate(self, spectra: Spectra) -> Estimate:
            return Estimate.without_interval(fraction(super().estimate(spectra).fraction, spectra))

    return Toy(sound(), quantifiers={"even": Changed})


def peaks(change: Callable[[Peak], Peak]) -> tuple[Peak, ...]:
    return tuple(change(peak) for peak in PEAKS)


class Counting:
    """A distribution that counts its draws: the same seed gives other values."""

    def __init__(self) -> None:
        self.draws = itertools.count(1)

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:  # noqa: ARG002
        return np.full(shape, 1e4 + next(self.draws))


def short_axis() -> Toy:
    lines = peaks(lambda peak: replace(peak, energy=peak.energy / 10, width=peak.width / 10))
    axis = EnergyAxis(0.0, 20.0, 0.1)
    return Toy(
        sound(axis=axis, peaks=lines, render=rendering(lines), margin=1.0),
        explainers={},
        rows=axis.centres,
    )


_times = itertools.count(1)


def wavering(axis: EnergyAxis, values: Mapping[str, float]) -> list[Component]:
    share = 1.0 + 1e-6 * next(_times)
    return [replace(each, density=share * each.density) for each in rendering()(axis, values)]


def without_li(axis: EnergyAxis, values: Mapping[str, float]) -> list[Component]:
    components = rendering()(axis, values)
    return [replace(each, density=each.density * (each.element != "Li")) for each in components]


def twins() -> Toy:
    lines = peaks(lambda peak: replace(peak, energy=24.0) if peak.element == "Be" else peak)
    return toy(peaks=lines, render=rendering(lines))


def turning(raw: RawSpectrum) -> RawSpectrum:
    return raw.on(raw.energy, raw.counts[::-1].copy()) if raw.on_scale else raw


def doubling(raw: RawSpectrum) -> RawSpectrum:
    return raw if raw.on_scale else raw.on(raw.energy, 2 * raw.counts)


BROKEN: dict[str, Callable[[], Toy]] = {
    "technique_is_valid": lambda: Toy(
        sound(), after=lambda plugin: replace(plugin, technique=replace(plugin.technique, margin=-1.0))
    ),
    "name_can_be_typed": lambda: toy(name="My kit"),
    "loading_twice_gives_the_same": lambda: Toy(
        sound(), after=lambda plugin: replace(plugin, technique=replace(plugin.technique, title="Other"))
    ),
    "parameters_and_readers_are_named_once": lambda: Toy(sound(), readers=(reader(), reader())),
    "every_element_has_a_line_on_the_axis": lambda: toy(peaks=tuple(p for p in PEAKS if p.element != "Li")),
    "main_lines_sum_to_one": lambda: toy(peaks=peaks(lambda peak: replace(peak, intensity=100 * peak.intensity))),
    "examples_lie_on_the_axis": lambda: toy(examples=(ProbeExample("Li", (999.0,), "Li is read at 999 eV"),)),
    "chemical_shifts_fit_the_margin": lambda: toy(chemical_shift={"Li": (-50.0, 0.0)}),
    "defaults_can_be_written": lambda: toy(parameters=(replace(GAIN, default=np.float32(1.0)), VOLTAGE)),
    "unit_of_the_axis_is_plausible": short_axis,
    "lines_are_wider_than_a_channel": lambda: Toy(
        sound(
            response=None,
            parameters=(VOLTAGE,),
            recipes={"simple": replace(RECIPE, response={})},
            peaks=peaks(lambda peak: replace(peak, width=0.3)),
        ),
        readers=(),
        sample={},
    ),
    "lines_are_narrower_than_the_axis": lambda: toy(peaks=peaks(lambda peak: replace(peak, width=20 * peak.width))),
    "sensitivities_are_of_one_unit": lambda: toy(
        mixing=None, parameters=(GAIN,), sensitivity={**sound().sensitivity, "Li": 1e-9}
    ),
    "library_renders": lambda: toy(render=lambda axis, values: rendering()(axis, values)[1:]),
    "every_element_can_be_seen": lambda: toy(render=without_li),
    "elements_look_different": twins,
    "strongest_component_lies_at_a_line": lambda: toy(
        render=rendering(peaks(lambda peak: replace(peak, energy=peak.energy + 7.0)))
    ),
    "library_survives_a_file": lambda: toy(
        render=lambda axis, values: [replace(each, label=f"{each.label}\ud800") for each in rendering()(axis, values)]
    ),
    "response_treats_rows_alone": lambda: response(lambda x, v: x * v["gain"][:, None] / x.sum().sqrt()),
    "response_is_sound_over_the_whole_range": lambda: response(lambda x, v: x / (v["gain"][:, None] - 0.5)),
    "response_takes_the_values_of_each_row": lambda: response(lambda x, v: x * v["gain"][0]),
    "mixing_gives_yields": lambda: law(lambda y, f, v, s: y * (19.0 - v["voltage"][:, None])),  # noqa: ARG005
    "mixing_takes_the_values_of_each_row": lambda: law(lambda y, f, v, s: y * v["voltage"][0]),  # noqa: ARG005
    "mixing_is_the_same_in_both_precisions": lambda: law(
        lambda y, f, v, s: y * (1.01 if f.dtype == torch.float32 else 1.0)  # noqa: ARG005
    ),
    "response_is_the_same_in_numpy_and_torch": lambda: toy(response=two_minded),
    "mixing_is_the_same_in_numpy_and_torch": lambda: toy(mixing=TwoMinded),
    "every_parameter_matters": lambda: toy(parameters=(GAIN, VOLTAGE, replace(VOLTAGE, name="idle"))),
    "recipes_make_spectra": lambda: recipe(low_end=Constant(500.0)),
    "recipes_reach_the_elements": lambda: recipe(element_count=(1.0,), prior={"Li": 1.0}, prior_default=1e-9),
    "same_seed_gives_the_same_spectra": lambda: recipe(counts=Counting()),
    "seeds_share_no_spectrum": lambda: recipe(
        element_count=(1.0,), prior={"Li": 1.0}, prior_default=0.0, noise_factor=Constant(1e-30), response={}
    ),
    "groups_of_recipes_are_rendered": lambda: recipe(group_scatter={"third": Constant(1.0)}),
    "spectra_of_recipes_can_be_read": lambda: recipe(counts=Constant(3.0), background_level=Constant(50.0)),
    "nnls_weighs_a_mixture_by_the_mixing_law": lambda: law(
        lambda y, f, v, s: y / (1.0 - s.boron.to(f) * (1.0 - f[:, 2:3].clamp(0.05, 1.0) ** 3))  # noqa: ARG005
    ),
    "rendering_twice_gives_the_same": lambda: toy(render=wavering),
    "areas_are_those_of_the_peak_table": lambda: toy(
        render=lambda axis, values: [
            replace(each, density=each.density / each.density.max()) for each in rendering()(axis, values)
        ]
    ),
    "response_is_proportional_to_its_lines": lambda: response(lambda x, v: x.sqrt() * v["gain"][:, None]),
    "yields_are_per_unit_of_fraction": lambda: law(
        lambda y, f, v, s: y * (f[:, [ELEMENTS.index(symbol) for symbol in s.elements]] > 0)  # noqa: ARG005
    ),
    "sensitivities_are_those_of_the_mixing_law": lambda: toy(sensitivity={**sound().sensitivity, "Li": 50.0}),
    "shifts_fit_the_margin": lambda: toy(margin=1.0, recipes={"simple": replace(RECIPE, global_shift=Constant(2.0))}),
    "quantifiers_keep_the_contract": lambda: quantifier(lambda fraction, spectra: fraction.T),  # noqa: ARG005
    "quantifiers_take_any_number_of_spectra": lambda: quantifier(
        lambda fraction, spectra: fraction * (spectra.counts.max() > -1)
    ),
    "quantifiers_take_unmeasured_channels": lambda: quantifier(
        lambda fraction, spectra: np.where(spectra.observed.all(), fraction, np.nan)
    ),
    "quantifiers_take_empty_spectra": lambda: quantifier(
        lambda fraction, spectra: np.where(spectra.counts.any(1, keepdims=True), fraction, np.nan)
    ),
    "quantifiers_take_unstated_parameters": lambda: quantifier(
        lambda fraction, spectra: fraction * np.sign(spectra.stated)
    ),
    "explainers_keep_the_contract": lambda: Toy(
        sound(), explainers={"flat": type("Bad", (Flat,), {"attribute": lambda *_: xr.Dataset()})}
    ),
    "sections_are_written": lambda: Toy(sound(), sections=(Section("Mine", lambda *_: [3]),)),
    "readers_know_their_suffixes": lambda: Toy(sound(), readers=(reader(suffix="KIT"),)),
    "readers_leave_other_files_alone": lambda: Toy(sound(), readers=(reader(mark=b""),)),
    "two_column_text_is_read_as_it_is": lambda: toy(orient=doubling),
    "orient_leaves_our_own_files_alone": lambda: toy(orient=turning),
    "every_reader_has_a_sample": lambda: Toy(sound(), readers=(reader(), reader("other", ".oth", b"OTHER"))),
    "samples_are_as_expected": lambda: Toy(sound(), sample={"points": 7}),
    "samples_can_be_quantified": lambda: Toy(sound(), rows=np.arange(0.0, 20.0)),
    "samples_state_what_can_be": lambda: Toy(sound(), readers=(reader(read=in_per_cent),)),
    "samples_are_read_alike_again": lambda: Toy(sound(), readers=(reader(read=Tiring()),)),
    "spoilt_samples_are_refused": lambda: Toy(sound(), readers=(reader(read=careless),)),
}
"""Check to the toy that fails it and no other."""


def fail_in(command: str) -> None:
    """Raise while that command runs."""
    context = click.get_current_context(silent=True)
    if context is not None and context.info_name == command:
        raise ValueError(f"cannot work in {command}")


def rendering_but_in(command: str) -> Callable[[], Toy]:
    def render(axis: EnergyAxis, values: Mapping[str, float]) -> list[Component]:
        fail_in(command)
        return rendering()(axis, values)

    return lambda: toy(render=render)


class Unread(dict[str, float]):
    """Sensitivity factors that cannot be read while the library is printed."""

    def __getitem__(self, symbol: str) -> float:
        fail_in("library")
        return super().__getitem__(symbol)


def remark_but_in_quantify(technique: Technique, samples: Sequence[Any]) -> list[str]:  # noqa: ARG001
    fail_in("quantify")
    return [f"{len(samples)} spectra"]


BROKEN_SLOW: dict[str, Callable[[], Toy]] = {
    "command_quantify_works": lambda: Toy(sound(), sections=(Section("Remark", remark_but_in_quantify),)),
    "command_library_works": lambda: toy(sensitivity=Unread(sound().sensitivity)),
    "command_explain_works": rendering_but_in("explain"),
    "command_synthesize_works": rendering_but_in("synthesize"),
    "command_evaluate_works": rendering_but_in("evaluate"),
    "command_train_works": rendering_but_in("train"),
    "command_study_ablation_works": rendering_but_in("ablation"),
}
"""Slow check to the toy that fails it and no other."""
