"""Checks that parts of a plug-in agree: lines with peaks, factors with the law, shifts with the margin."""

import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from specquant.mixing import Components
from specquant.readers import read_file
from specquant.technique import Floats, Technique
from specquant.testing.laws_checks import doubled, law_of, response_of, values_of
from specquant.testing.record_checks import main_group
from specquant.testing.registry import Inapplicable, check, require
from specquant.testing.subject import SEED, Subject

_AREAS = 1.3
"""Factor by which the area of rendered lines may miss that of the peak table: tables leave out weak lines. EDS, the
worst that ships, has 1.13."""

_FACTORS = 10.0
"""Factor by which yields of pure elements may miss their sensitivity factors, against the median: in a law of thick
samples factors of thin ones are off by a few. Chosen."""

_PROPORTION = 1e-3
"""Share of the highest channel by which a response may miss proportion: XPS, the worst that ships, has 2e-5."""

_BEYOND = 0.5
"""Share of drawn shifts that may lie beyond the margin; chosen: more are no tail of a distribution."""

_DRAWS = 1000
"""Shifts that are drawn to see how many lie beyond the margin."""

_SLOWEST = 5e-3
"""Processor time of a response, or a mixing law, for one spectrum, s: EDS, the slowest that ships, takes 2e-4. Chosen:
the training of a small network, on 100 000 spectra, then waits 8 minutes for it."""

_SLOWEST_FILE = 5.0
"""Processor time in which a sample file should be read, s; chosen."""

_BATCH = 64
"""Spectra of which the time is taken."""


@check("library_renders")
def rendering_twice_gives_the_same(subject: Subject) -> None:
    """Pure spectra are rendered alike again: nothing in them is random."""
    technique = subject.plugin.technique
    if technique.render is None:
        raise Inapplicable("the core renders the peak table")
    axis = technique.axis.padded(technique.margin)
    one, other = (technique.render(axis, technique.defaults()) for _ in range(2))
    same = len(one) == len(other) and all(
        np.array_equal(first.density, second.density) for first, second in zip(one, other, strict=True)
    )
    require(same, "render gives other densities when it is called again; draw nothing in it")


@check("every_element_can_be_seen", "main_lines_sum_to_one")
def areas_are_those_of_the_peak_table(subject: Subject) -> None:
    """Rendered lines of an element's main group have the area that its peaks have."""
    technique, library = subject.plugin.technique, subject.library
    axis = technique.axis.padded(technique.margin)
    rows, components = library.on(axis, bare=library.has_bare_lines), library.components
    for symbol in technique.elements:
        group, listed = main_group(technique, symbol)
        at = [peak.energy for peak in technique.peaks if (peak.element, peak.group) == (symbol, group)]
        members = _members(components, symbol, group)
        if not any(members) or not all(axis.start < energy < axis.stop for energy in at):
            continue
        area = float(rows[members].sum()) * axis.step
        why = f"densities are per {axis.unit}, and have that area"
        text = f"lines of {symbol}, group {group}, have an area of {area:.3g}, its peaks one of {listed:.3g}: {why}"
        require(_near(area / listed, _AREAS), text)


@check("response_treats_rows_alone", "response_is_sound_over_the_whole_range")
def response_is_proportional_to_its_lines(subject: Subject) -> None:
    """Lines three times as strong give a spectrum three times as strong: fits add up what elements give."""
    response, lines = response_of(subject)
    values = values_of(subject.plugin.technique, len(lines))
    once, thrice = response(lines, values), response(3 * lines, values)
    off = float(np.abs(thrice - 3 * once).max())
    text = "three times the lines do not give three times the spectrum: does the response normalise, or add something?"
    require(off <= _PROPORTION * float(np.abs(thrice).max()), text)


@check("mixing_gives_yields")
def yields_are_per_unit_of_fraction(subject: Subject) -> None:
    """A component has a yield where there is nothing of its element, too: the core multiplies it by the fraction."""
    law, fraction = law_of(subject)
    technique = subject.plugin.technique
    components = subject.library.components
    yields = law.yields(fraction, doubled(values_of(technique, len(fraction))))
    owners = np.array(components.indices(technique.elements))
    for index in np.flatnonzero(owners >= 0):
        there = fraction[:, owners[index]] > 0
        lost = bool((yields[there, index] > 0).any() and not yields[~there, index].any())
        name = f"{components.elements[index]} {components.labels[index]!r}"
        require(not lost, f"{name} has no yield where its fraction is 0; do not multiply yields by the fraction")


@check("mixing_gives_yields", "main_lines_sum_to_one", advice=True)
def sensitivities_are_those_of_the_mixing_law(subject: Subject) -> None:
    """Pure elements are about as strong by the mixing law as by their sensitivity factors."""
    law, _ = law_of(subject)
    technique = subject.plugin.technique
    pure = np.eye(len(technique.elements))
    yields = law.yields(pure, doubled(values_of(technique, len(pure))))
    ratio = {
        symbol: _strongest(subject, symbol, row) / technique.sensitivity[symbol]
        for symbol, row in zip(technique.elements, yields, strict=True)
    }
    usual = float(np.median([value for value in ratio.values() if value > 0]))
    off = [
        f"{symbol} {value / usual:.3g} times" for symbol, value in ratio.items() if not _near(value / usual, _FACTORS)
    ]
    require(not off, f"as against the others, the law makes of their sensitivity factors: {', '.join(off[:6])}")


@check("recipes_make_spectra", advice=True)
def shifts_fit_the_margin(subject: Subject) -> None:
    """Recipes and fits move lines no further than the margin, to which larger shifts are cut."""
    technique = subject.plugin.technique
    unit, margin = technique.axis.unit, technique.margin
    for name, size in _shifts(technique):
        text = f"{name} are of {size:.3g} {unit} and more, the margin is {margin:g} {unit}: are they in another unit?"
        require(size <= margin, text)


@check("response_is_sound_over_the_whole_range", "mixing_gives_yields", advice=True)
def functions_are_quick(subject: Subject) -> None:
    """Response and mixing law are quick enough to train with, readers to wait for."""
    for name, call in _calls(subject):
        call()
        taken = min(_timed(call) for _ in range(2)) / _BATCH
        text = f"the {name} takes {1000 * taken:.1f} ms of processor time a spectrum"
        require(taken <= _SLOWEST, f"{text}: compute what no sample changes once, in __init__")
    for sample in subject.samples:
        taken = _timed(partial(read_file, sample.path, subject.plugin.readers))
        require(taken <= _SLOWEST_FILE, f"{sample.path.name} takes {taken:.1f} s of processor time to be read")


def _calls(subject: Subject) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield the functions that work on every batch, by name, each as a call on a batch."""
    technique = subject.plugin.technique
    values = values_of(technique, _BATCH)
    if technique.response is not None:
        response, lines = response_of(subject)
        batch = np.resize(lines, (_BATCH, lines.shape[1]))
        yield "response", lambda: response(batch, values)
    if technique.mixing is not None:
        law, fraction = law_of(subject)
        rows = np.resize(fraction, (_BATCH, fraction.shape[1]))
        yield "mixing law", lambda: law.yields(rows, doubled(values))


def _near(ratio: float, factor: float) -> bool:
    return 1 / factor < ratio < factor


def _timed(call: Callable[[], object]) -> float:
    begun = time.process_time()
    call()
    return time.process_time() - begun


def _members(components: Components, symbol: str, group: str) -> list[bool]:
    """Return which components are of a group of an element, (component,)."""
    return [at == (symbol, group) for at in zip(components.elements, components.groups, strict=True)]


def _strongest(subject: Subject, symbol: str, yields: Floats) -> float:
    """Return the mean yield of the components in an element's main group; its factor if there are none."""
    technique, components = subject.plugin.technique, subject.library.components
    members = _members(components, symbol, main_group(technique, symbol)[0])
    return float(yields[members].mean()) if any(members) else float(technique.sensitivity[symbol])


def _shifts(technique: Technique) -> Iterator[tuple[str, float]]:
    """Yield what shifts of the whole axis are called, and the size that too many of them have, or more."""
    for recipe in technique.recipes.values():
        drawn = recipe.global_shift.draw(np.random.default_rng(SEED), (_DRAWS,))
        yield f"half of the shifts of recipe {recipe.name}", float(np.quantile(np.abs(drawn), 1 - _BEYOND))
    if technique.fit is not None:
        yield "shifts of the fit", technique.fit.priors.axis_shift
