"""Conformance kit: what every technique plug-in has to do for the core to work with it, as small named checks.

For authors of plug-ins. A check takes the `Plugin` that ``specquant.discovery.load_plugin`` returns, and raises
AssertionError (or the error of specquant itself) with the reason if the plug-in fails it. It needs neither a network
nor measured data, takes a few seconds at most, and leaves nothing behind. In the tests of your own distribution, which
must be installed so that its entry point is found::

    import pytest
    from specquant.discovery import load_plugin
    from conformance import CHECKS

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_conformance(check):
        check(load_plugin("mine"))

Where a technique legitimately departs, leave the check out by name and say why.
"""

import json
import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray

from specquant import contracts
from specquant.discovery import Plugin, load_plugin
from specquant.explainers import LineWindowLime, PeakProbe
from specquant.fits import LeastSquares
from specquant.library import MixedLibrary, PureLibrary, RenderedLibrary, StoredLibrary, pure_spectra
from specquant.readers import load_spectra
from specquant.spectra import Spectra
from specquant.synthesizer import BLOCK, synthesizer_of
from specquant.technique import Facts, Floats, RawSpectrum
from specquant.validation import validate_technique

Check = Callable[[Plugin], None]

_COUNTS = 1e5
"""Counts in the strongest channel of noiseless spectra: a good measurement."""

_SEED = 11
"""Of everything that is drawn; any would do."""

_libraries: dict[str, PureLibrary] = {}


def library_of(plugin: Plugin) -> PureLibrary:
    """Return the rendered library of the plug-in, made once per process."""
    key = f"{plugin.technique.name} of {plugin.distribution} {plugin.version}"
    return _libraries.setdefault(key, RenderedLibrary(plugin.technique))


def spectra_of(plugin: Plugin, recipe: str, count: int = BLOCK, seed: int = _SEED, stream: str = "train") -> xr.Dataset:
    """Return fresh spectra of one of the plug-in's recipes."""
    technique = plugin.technique
    synthesizer = synthesizer_of(technique, library_of(plugin), technique.recipe(recipe), seed, stream=stream)
    return synthesizer.spectra(0, count)


def as_spectra(plugin: Plugin, counts: Floats) -> Spectra:
    """Return (sample, energy) counts on the technique's axis, every channel observed, no parameter known."""
    stated = np.full((len(counts), len(plugin.technique.stated)), np.nan)
    return Spectra(counts, np.ones(counts.shape, dtype=bool), stated)


def _columns(plugin: Plugin) -> Floats:
    return pure_spectra(plugin.technique, library_of(plugin))


def _pure(plugin: Plugin) -> Floats:
    columns = _columns(plugin)
    return np.asarray(_COUNTS * columns / columns.max(axis=1, keepdims=True))


def _unique(what: str, names: Sequence[str]) -> None:
    assert len(set(names)) == len(names), (
        f"{what} occur twice: {sorted({n for n in names if list(names).count(n) > 1})}"
    )


# The record


def check_technique_is_valid(plugin: Plugin) -> None:
    """The record passes the core's own validation."""
    validate_technique(plugin.technique)


def check_name_is_a_word_to_type(plugin: Plugin) -> None:
    """The name can be typed after ``--technique`` without quotes."""
    name = plugin.technique.name
    assert re.fullmatch("[a-z0-9_-]+", name), f"{name!r} is not a plain word"


def check_loading_twice_gives_the_same(plugin: Plugin) -> None:
    """The record is a value: a second call of the hook gives an equal one."""
    assert load_plugin(plugin.technique.name).technique == plugin.technique, "technique differs from call to call"


def check_names_are_unique(plugin: Plugin) -> None:
    """No two elements, parameters, readers or quantifiers share a name, and none hides one of the core."""
    technique = plugin.technique
    _unique("elements", technique.elements)
    _unique("parameters", [parameter.name for parameter in technique.parameters])
    _unique("readers", [reader.name for reader in plugin.readers])
    hidden = {"hybrid", "cnn", "nnls", "poisson"} & set(plugin.quantifiers)
    assert not hidden, f"quantifiers hide those of the core: {hidden}"


def check_peaks_are_on_the_axis(plugin: Plugin) -> None:
    """Every element has a peak of its main group (or, without one, any peak) that can be measured."""
    technique = plugin.technique
    for symbol in technique.elements:
        peaks = [peak for peak in technique.peaks if peak.element == symbol]
        assert peaks, f"{symbol} has no peak"
        inside = [peak for peak in peaks if technique.axis.start <= peak.energy <= technique.axis.stop]
        assert inside, f"no peak of {symbol} lies on the axis"


def check_main_group_sums_to_one(plugin: Plugin) -> None:
    """Intensities are relative to the group ``main``, or else to one of the groups, as sensitivity factors mean it."""
    for symbol in plugin.technique.elements:
        sums: dict[str, float] = {}
        for peak in plugin.technique.peaks:
            if peak.element == symbol:
                sums[peak.group] = sums.get(peak.group, 0.0) + peak.intensity
        assert sums, f"{symbol} has no lines"
        main = "main" if "main" in sums else min(sums, key=lambda group: abs(sums[group] - 1))
        assert abs(sums[main] - 1) < 0.02, f"group {main} of {symbol} sums to {sums[main]:.3f}"


def check_examples_are_on_the_axis(plugin: Plugin) -> None:
    """Worked examples can be probed."""
    axis = plugin.technique.axis
    for example in plugin.technique.examples:
        assert all(axis.start <= energy <= axis.stop for energy in example.energies), example.statement


def check_shift_ranges_are_within_the_margin(plugin: Plugin) -> None:
    """A chemical shift moves in nothing that was not rendered."""
    for symbol, (low, high) in plugin.technique.chemical_shift.items():
        assert max(-low, high) <= plugin.technique.margin, f"{symbol} moves by more than the margin"


def check_records_that_travel_are_json(plugin: Plugin) -> None:
    """Defaults go into model cards and attributes, so they must be plain numbers."""
    json.dumps(plugin.technique.defaults(), allow_nan=False)


# The library


def check_library_renders_under_contract(plugin: Plugin) -> None:
    """Pure spectra keep the LIBRARY contract."""
    contracts.check(library_of(plugin).dataset, "LIBRARY", plugin.technique.name)


def check_library_covers_axis_and_margin(plugin: Plugin) -> None:
    """Pure spectra reach over the axis by the margin, and lie on its grid."""
    technique = plugin.technique
    wide = technique.axis.padded(technique.margin)
    library = library_of(plugin)
    assert library.on(wide).shape == (library.dataset.sizes["component"], wide.size)


def check_library_has_every_element_and_no_other(plugin: Plugin) -> None:
    """Elements of the library are those of the technique."""
    assert set(library_of(plugin).elements) == set(plugin.technique.elements)


def check_components_are_named_once(plugin: Plugin) -> None:
    """Element and label name a component."""
    dataset = library_of(plugin).dataset
    _unique("components", [f"{e} {n}" for e, n in zip(dataset["element"].values, dataset["label"].values, strict=True)])


def check_every_element_can_be_seen(plugin: Plugin) -> None:
    """No pure spectrum is empty on the axis."""
    columns = _columns(plugin)
    for symbol, column in zip(plugin.technique.elements, columns, strict=True):
        assert np.isfinite(column).all(), f"{symbol} is not finite"
        assert column.max() > 0, f"{symbol} has no signal on the axis"


def check_no_two_elements_look_the_same(plugin: Plugin) -> None:
    """Pure spectra differ, or nothing could tell the elements apart."""
    columns = _columns(plugin)
    unit = columns / np.linalg.norm(columns, axis=1, keepdims=True)
    alike = unit @ unit.T - np.eye(len(unit))
    first, second = np.unravel_index(alike.argmax(), alike.shape)
    names = plugin.technique.elements[first], plugin.technique.elements[second]
    assert alike.max() < 0.99999, f"{names[0]} and {names[1]} have the same pure spectrum"


def check_main_component_peaks_at_a_main_line(plugin: Plugin) -> None:
    """What is rendered lies where the peak table says."""
    technique, dataset = plugin.technique, library_of(plugin).dataset
    axis = technique.axis
    on_axis = dataset.sel(energy=slice(axis.start, axis.stop))
    columns = _columns(plugin)
    for symbol, column in zip(technique.elements, columns, strict=True):
        peaks = [peak for peak in technique.peaks if peak.element == symbol]
        if any(peak.group == "main" for peak in peaks):
            continue
        top = float(axis.centres[column.argmax()])
        assert any(abs(peak.energy - top) <= 3 * axis.step + peak.width for peak in peaks), (
            f"{symbol} is highest at {top:g} eV, where the peak table has no line of it"
        )
    for index in np.flatnonzero(dataset["group"].values == "main"):
        symbol = str(dataset["element"].values[index])
        assert symbol, "a component of no element is in the group main"
        top = float(on_axis["energy"].values[on_axis["density"].values[index].argmax()])
        lines = [peak for peak in technique.peaks if peak.element == symbol and peak.group == "main"]
        assert any(abs(peak.energy - top) <= 3 * axis.step + peak.width for peak in lines), (
            f"{symbol} is highest at {top:g} eV, its main lines are at {[round(peak.energy, 1) for peak in lines]}"
        )


def check_library_survives_a_file(plugin: Plugin) -> None:
    """Written as netCDF and read back, the library is the same."""
    library = library_of(plugin)
    with tempfile.TemporaryDirectory() as folder:
        stored = StoredLibrary(library.save(Path(folder) / "library.nc"), plugin.technique)
        xr.testing.assert_equal(stored.dataset.drop_attrs(), library.dataset.drop_attrs())


def check_response_treats_rows_alone(plugin: Plugin) -> None:
    """The response of a spectrum does not depend on what else is in the batch."""
    technique = plugin.technique
    if technique.response is None:
        return
    response = technique.response(technique.axis)
    primary = library_of(plugin).on(technique.axis, bare=True)[:3]
    values = {name: torch.full((3,), value) for name, value in technique.defaults().items()}
    together = response(torch.tensor(primary, dtype=torch.float32), values)
    alone = response(torch.tensor(primary[1:2], dtype=torch.float32), {name: v[:1] for name, v in values.items()})
    assert torch.allclose(together[1], alone[0], rtol=1e-4, atol=1e-7), "a row depends on its neighbours"
    assert torch.isfinite(together).all(), "response gives infinite intensities"
    assert (together >= 0).all(), "response gives negative intensities"


def check_mixing_law_gives_yields(plugin: Plugin) -> None:
    """Yields are finite and not negative also where a fraction is zero, in both precisions, each spectrum by itself."""
    technique = plugin.technique
    if technique.mixing is None:
        return
    components = library_of(plugin).components
    law = technique.mixing(components.elements, components.labels)
    pure = torch.eye(len(technique.elements), dtype=torch.float64)
    fraction = torch.cat([pure, (pure + pure.roll(1, 0)) / 2])
    for value in ("low", "default", "high"):
        values = {x.name: torch.full((len(fraction),), float(getattr(x, value))) for x in technique.parameters}
        yields = law.yields(fraction, {name: column.double() for name, column in values.items()})
        assert yields.shape == (len(fraction), len(components.elements)), "not (sample, component)"
        assert torch.isfinite(yields).all(), f"yields are not finite with parameters at {value}"
        assert (yields >= 0).all(), f"yields are negative with parameters at {value}"
        single = law.yields(fraction.float(), values)
        assert torch.allclose(single.double(), yields, rtol=1e-3, atol=1e-6), "precision changes the yields"
        alone = law.yields(fraction[1:2], {name: column[1:2].double() for name, column in values.items()})
        assert torch.allclose(alone[0], yields[1], rtol=1e-6, atol=1e-12), "a spectrum depends on its neighbours"


# Recipes


def check_recipes_make_spectra_under_contract(plugin: Plugin) -> None:
    """Every recipe gives SPECTRA with something to see in each."""
    for name in plugin.technique.recipes:
        spectra = contracts.check(spectra_of(plugin, name), "SPECTRA", f"recipe {name}")
        assert (spectra["counts"].values.max(axis=1) > 0).all(), f"recipe {name} makes an empty spectrum"


def check_truth_sums_to_one(plugin: Plugin) -> None:
    """Fractions of every spectrum of every recipe sum to one."""
    for name in plugin.technique.recipes:
        sums = spectra_of(plugin, name)["fraction"].values.sum(axis=1)
        assert np.abs(sums - 1).max() < 1e-4, f"recipe {name}: fractions sum to {sums.min():.4f}..{sums.max():.4f}"


def check_recipes_reach_every_element_they_may(plugin: Plugin) -> None:
    """The first recipe draws most of the elements it gives weight to."""
    technique = plugin.technique
    recipe = next(iter(technique.recipes.values()))
    truth = spectra_of(plugin, recipe.name)["fraction"].values
    weights = np.array([recipe.prior.get(symbol, recipe.prior_default) for symbol in technique.elements])
    assert not truth[:, weights == 0].any() or recipe.additions, "an element of weight zero was drawn"
    assert (truth > 0).any(axis=0)[weights > 0].mean() > 0.5, "most elements never occur"


def check_same_seed_gives_the_same_spectra(plugin: Plugin) -> None:
    """Seed and number decide a spectrum, nothing else."""
    for name in plugin.technique.recipes:
        few, many = spectra_of(plugin, name, count=3), spectra_of(plugin, name)
        xr.testing.assert_equal(few, many.isel(sample=slice(3)))


def check_streams_and_seeds_share_no_spectrum(plugin: Plugin) -> None:
    """Training, validation and other seeds see different spectra."""
    name = next(iter(plugin.technique.recipes))
    first = spectra_of(plugin, name, count=1)["counts"].values
    for other in (spectra_of(plugin, name, 1, _SEED + 1), spectra_of(plugin, name, 1, stream="validation")):
        assert not np.array_equal(first, other["counts"].values), "two streams share a spectrum"


def check_unobserved_channels_hold_nothing(plugin: Plugin) -> None:
    """What was not measured holds no counts."""
    for name in plugin.technique.recipes:
        spectra = spectra_of(plugin, name)
        assert not spectra["counts"].values[~spectra["observed"].values].any(), f"recipe {name}"


def check_groups_of_recipes_are_rendered(plugin: Plugin) -> None:
    """A recipe scatters and moves only groups that the library has."""
    groups = {str(group) for group in library_of(plugin).dataset["group"].values}
    for recipe in plugin.technique.recipes.values():
        strangers = {*recipe.group_scatter, *recipe.group_shift} - groups
        assert not strangers, f"recipe {recipe.name} names groups that are not rendered: {strangers}"


def check_drawn_parameters_are_in_range(plugin: Plugin) -> None:
    """Recipes vary instrument parameters within the range that the technique declares."""
    ranges = {parameter.name: parameter for parameter in plugin.technique.parameters}
    for recipe in plugin.technique.recipes.values():
        for name, distribution in recipe.response.items():
            drawn = distribution.draw(np.random.default_rng(_SEED), (1000,))
            low, high = ranges[name].low, ranges[name].high
            assert low <= drawn.min() <= drawn.max() <= high, f"recipe {recipe.name}: {name} leaves {low:g}..{high:g}"


# Quantification, explanation, files


def check_what_is_stated_travels(plugin: Plugin) -> None:
    """Spectra carry every stated parameter: the value that was drawn, or nothing where it is left unstated."""
    technique = plugin.technique
    for name, recipe in technique.recipes.items():
        spectra = spectra_of(plugin, name)
        assert ("stated" in spectra) == bool(technique.stated), f"recipe {name}"
        for parameter in technique.stated:
            stated = spectra["stated"].sel(parameter=parameter.name).values
            drawn = spectra["parameter_value"].sel(instrument_parameter=parameter.name).values
            known = np.isfinite(stated)
            assert np.array_equal(stated[known], drawn[known]), f"{parameter.name} is not true"
            assert recipe.unstated.get(parameter.name, 0.0) > 0 or known.all(), f"{parameter.name} was left unstated"


def check_nnls_finds_a_pure_element(plugin: Plugin) -> None:
    """A noiseless pure spectrum is read by least squares as its own element."""
    technique = plugin.technique
    composition = LeastSquares(technique, library_of(plugin)).quantify(as_spectra(plugin, _pure(plugin)))
    contracts.check(composition, "COMPOSITION", "nnls")
    purity = np.diag(composition["fraction"].values)
    worst = technique.elements[int(purity.argmin())]
    assert purity.min() > 0.9, f"pure {worst} is read as {100 * purity.min():.0f} at% {worst}"


def check_nnls_weighs_a_mixture_by_the_mixing_law(plugin: Plugin) -> None:
    """Equal atoms of two elements, mixed by the technique's law, are read as equal atoms."""
    technique = plugin.technique
    middle = len(technique.elements) // 2
    half = np.zeros(len(technique.elements))
    half[middle : middle + 2] = 0.5
    mixture = MixedLibrary(technique, library_of(plugin)).spectrum(half, technique.defaults())
    spectra = as_spectra(plugin, _COUNTS * mixture[None] / mixture.max())
    (fraction,) = LeastSquares(technique, library_of(plugin)).answer(spectra).fraction
    pair = fraction[middle : middle + 2]
    assert np.abs(pair - 0.5).max() < 0.02, f"half and half is read as {pair.round(3)}"


def check_quantifiers_keep_the_contract(plugin: Plugin) -> None:
    """Quantifiers of the plug-in give COMPOSITION."""
    for name, factory in plugin.quantifiers.items():
        quantifier = factory(plugin.technique, library_of(plugin))
        composition = quantifier.quantify(as_spectra(plugin, _pure(plugin)[:2]))
        contracts.check(composition, "COMPOSITION", f"quantifier {name}")


def check_probe_works(plugin: Plugin) -> None:
    """A lone peak on an element's strongest line can be moved over the axis and gives an ATTRIBUTION."""
    technique = plugin.technique
    energies = technique.axis.centres[:: max(technique.axis.size // 5, 1)]
    attribution = PeakProbe(energies=energies).explain(LeastSquares(technique, library_of(plugin)))
    contracts.check(attribution, "ATTRIBUTION", "probe")
    assert attribution["response"].shape == (energies.size, len(technique.elements))


def check_lime_explains_a_spectrum(plugin: Plugin) -> None:
    """Line windows cut from the peak table explain what least squares makes of a pure spectrum."""
    middle = len(plugin.technique.elements) // 2
    spectra = as_spectra(plugin, _pure(plugin)[middle : middle + 1])
    quantifier = LeastSquares(plugin.technique, library_of(plugin))
    attribution = LineWindowLime(samples=40, seed=_SEED).explain(quantifier, spectra)
    contracts.check(attribution, "ATTRIBUTION", "lime")
    assert np.abs(attribution["weight"].values[0, middle]).max() > 0, "no window of the element matters"


def check_readers_recognise_only_their_own(plugin: Plugin) -> None:
    """Readers say no to plain text and to noise, and name suffixes with a dot."""
    for reader in plugin.readers:
        assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in reader.suffixes), reader.name
        for head in (b"", b"\x00\x01\x02\x03" * 100, b"energy,counts\n1.0,2.0\n3.0,4.0\n"):
            assert not reader.sniff(head), f"{reader.name} takes {head[:20]!r} for its own"


def check_two_column_text_is_read_as_it_is(plugin: Plugin) -> None:
    """A spectrum exported as energy and counts comes back on the axis unchanged, `orient` included.

    `orient` may leave out what an instrument shows below its first true photon or electron, up to 2 % of the channels.
    """
    technique = plugin.technique
    given = {parameter.name: parameter.default for parameter in technique.parameters if parameter.required}
    counts = _pure(plugin)[[0, len(technique.elements) // 2, -1]].sum(axis=0) + 10.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mixture.csv"
        np.savetxt(path, np.column_stack([technique.axis.centres, counts]), delimiter=",", fmt="%.6f")
        spectra = load_spectra(path, technique, plugin.readers, given)
    observed = spectra.observed[0]
    _only_ends_are_lost(observed)
    assert np.allclose(spectra.counts[0][observed], counts[observed], rtol=1e-4), "counts were changed or mirrored"


def check_orient_leaves_our_own_files_alone(plugin: Plugin) -> None:
    """A spectrum that specquant stored is on the right scale already."""
    orient = plugin.technique.orient
    if orient is None:
        return
    facts = Facts({"technique": plugin.technique.name})
    raw = RawSpectrum("stored", plugin.technique.axis.centres, _pure(plugin)[0], facts=facts, on_scale=True)
    oriented = orient(raw)
    kept = np.isin(raw.energy, oriented.energy)
    _only_ends_are_lost(kept)
    assert np.array_equal(oriented.energy, raw.energy[kept]), "energies were changed"
    assert np.array_equal(oriented.counts, raw.counts[kept]), "counts were changed"


def _only_ends_are_lost(kept: NDArray[np.bool_]) -> None:
    channels = np.flatnonzero(kept)
    assert channels.size >= 0.98 * kept.size, "some channels were lost"
    assert channels.size == channels[-1] - channels[0] + 1, "channels were lost in between"


CHECKS: tuple[Check, ...] = tuple(value for name, value in list(globals().items()) if name.startswith("check_"))
"""Every check, in the order of this page."""
