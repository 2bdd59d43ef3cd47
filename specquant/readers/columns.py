"""What the columns of a table are: energies, intensities, and what is passed over; by their titles, else by numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from specquant.errors import ReadError
from specquant.readers.copies import ROUNDING, Comparison
from specquant.readers.rows import Table
from specquant.technique import Floats

_ENERGY = re.compile(
    r"energ|énerg|(?<![a-z])(?:be|ke|b\.e\.|k\.e\.|e_?b|e_?k|e_?kin|e_?bin|k?ev)(?![a-z])|bind|kinet|cin[eé]t|liaison|enlace"
    r"|энерг|エネルギー|能量|结合能|動能|动能|에너지",
    re.I,
)
"""Words of titles over energies, in English, German, French, Spanish, Russian, Japanese, Chinese and Korean."""

_BINDING = re.compile(r"bind|liaison|enlace|связи|結合|结合|결합|(?<![a-z])(?:be|b\.e\.|e_?b|e_?bin)(?![a-z])", re.I)
"""Words of titles over binding energies, which are taken where kinetic energies stand beside them."""

_CHANNEL = re.compile(
    r"(?<![a-z])(?:channels?|chan|ch|kanal|kanäle|canal|canaux|index|nr|no|n°|#|point|punkt)(?![a-z])", re.I
)
"""Words of titles over numbers of channels."""

_INTENSITY = re.compile(
    r"count|cps|intens|impuls|rate|z[äa]e?hl|signal|yield|coups|cuentas|conteggi|(?<![a-z])c/s|norm|a\.\s?u\.|arb"
    r"|интенс|強度|强度|计数|세기",
    re.I,
)
"""Words of titles over intensities."""

_MADE = re.compile(
    r"backg|envelope|residual|fit(?:s|ted)?\b|smooth|untergrund|hintergrund|gegl[äa]e?tt|(?<![a-z])fond(?![a-z])|liss[ée]"
    r"|suavizad",
    re.I,
)
"""Words of titles over curves that were made from intensities, and so have their units."""

_BESIDE = re.compile(
    r"error|sigma|\u03c3|std|dev\b|uncert|transmission|fehler|live|time|zeit"
    r"|temperat|pressure|druck|presión|voltage|spannung|current|strom|(?<![a-z])m?bar(?![a-z])|torr|humid|date|datum",
    re.I,
)
"""Words of titles over what is neither."""

_NOT_LINEAR = re.compile(
    r"(?<![a-z])(?:log(?:_?10)?|ln|lg|sqrt)[ _]*(?:[(\[]|i(?![a-z])|int|count|cps|signal)"
    r"|(?<![a-z])d[ni] ?/ ?de|derivative",
    re.I,
)
"""Words of titles over logarithms, roots and derivatives of intensities."""

_RATE = re.compile(
    r"cps|counts?[ _]*(?:/[ _]*|per[ _]*)s|c/s|s\^?-1|1/s|(?:count|z[äa]e?hl)[ _]*rate|imp(?:ulse)?/s", re.I
)
_NORMALISED = re.compile(r"norm|a\.\s?u\.|arb|%|relativ", re.I)
_ENERGY_UNITS = {
    "MeV": re.compile(r"MeV(?![a-z])"),
    "meV": re.compile(r"(?<![a-z])meV(?![a-z])"),
    "keV": re.compile(r"keV", re.I),
    "eV": re.compile(r"(?<!k)eV(?![a-z])", re.I),
}
"""Words of titles over energies, by unit, the first that is there."""

_GENERIC = re.compile(
    r"counts?|cps|intensity|intensität|intensitaet|signal|z[äa]e?hlrate|impulse|[(\[].*?[)\]]|arb|a\.\s?u\.|/s", re.I
)
"""Words of titles that say nothing of the sample."""

_EVENNESS = 1e-3
"""Share of a step by which steps of an axis may differ, or a second column may leave the first, to be the same energy
on another scale; chosen."""

RATE, COUNTS, NORMALISED = "counts per second", "counts", "normalised"
"""What a title may say of the unit of intensities."""

ENERGY_LOSS = "energy loss"
"""What axes of electron energy-loss spectra are over."""

_NO_ENERGY = {
    ENERGY_LOSS: re.compile(r"energy[ _-]?loss|energieverlust", re.I),
    "angstrom": re.compile(r"(?<![a-z])(?:[\u00c5\u212b]|angstr)", re.I),
    "um": re.compile(r"(?<![a-z])(?:[u\u00b5\u03bc]m|microns?)(?![a-z])", re.I),
    "nm": re.compile(r"wave[ _-]?length|wellenl|longueur d.onde|longitud de onda|(?<![a-z])nm(?![a-z])", re.I),
    "1/cm": re.compile(r"wave[ _-]?number|wellenzahl|raman|cm\^?-1|1/cm", re.I),
    "degrees": re.compile(r"2[ _-]?(?:theta|\u03b8)|angle|winkel|(?<![a-z])deg(?:rees?)?(?![a-z])", re.I),
    "m/z": re.compile(r"m/z|(?<![a-z])mass", re.I),
    "s": re.compile(r"(?<![a-z])(?:time|zeit|temps|tiempo)(?![a-z])", re.I),
}
"""Words of titles over axes of other quantities than energy, by unit or name."""

CHANNEL = "channel"
"""The header's ``axis_unit`` of a spectrum over numbers of channels."""


@dataclass(frozen=True)
class Pair:
    """One spectrum of a table: the indices of its columns, its titles, what they say, and its name in the table."""

    energy: int
    intensity: int
    titles: tuple[str, str]
    name: str

    @property
    def axis_unit(self) -> str:
        """The unit of the energies, as the title says: ``keV``, ``nm``, ``channel``, another quantity, or nothing."""
        title = self.titles[0]
        for unit, words in _NO_ENERGY.items():
            if words.search(title) and (unit == ENERGY_LOSS or not _ENERGY.search(title)):
                return unit
        said = next((unit for unit, words in _ENERGY_UNITS.items() if words.search(title)), "")
        if said:
            return said
        return CHANNEL if _CHANNEL.search(title) and not _ENERGY.search(title) else ""

    @property
    def intensity_unit(self) -> str:
        """The unit of the intensities, as the title says, or nothing."""
        title = self.titles[1]
        if _RATE.search(title):
            return RATE
        if _NORMALISED.search(title):
            return NORMALISED
        return COUNTS if re.search(r"count|coups|cuentas|impuls", title, re.I) else ""


def pairs_in(table: Table, path: Path) -> tuple[list[Pair], list[str]]:
    """Return the spectra of a table, and a text for every column that is passed over.

    Raises
    ------
    ReadError
        If the title of the only column of intensities says that it holds logarithms, roots or derivatives.
    """
    titles = table.titles or ("",) * table.values.shape[1]
    energies, passed = _energies(table, titles)
    pairs = [
        Pair(energy, column, (titles[energy], titles[column]), _name(titles[column], titles[energy]))
        for energy, columns in energies.items()
        for column in columns
    ]
    kept: list[Pair] = []
    beside: list[str] = []
    comparison = Comparison(table.values, table.numbers)
    for pair in pairs:
        reason = _beside(table, pair, kept, comparison)
        if reason:
            beside.append(f"column {table.numbers[pair.intensity]} {pair.titles[1]!r} ({reason})")
        else:
            kept.append(pair)
    if not kept:
        kept, beside = pairs[:1], beside[1:]
    if kept and _NOT_LINEAR.search(kept[0].titles[1]):
        title = kept[0].titles[1]
        raise ReadError("has no column of counts", where=path, found=repr(title), wanted="counts, or counts per second")
    return kept, [*passed, *beside]


def _energies(table: Table, titles: Sequence[str]) -> tuple[dict[int, list[int]], list[str]]:
    """Return the intensity columns of every energy column, and what is passed over."""
    values, numbers = table.values, table.numbers
    named = [index for index, title in enumerate(titles) if _ENERGY.search(title) and not _INTENSITY.search(title)]
    numbered = [
        index
        for index, title in enumerate(titles)
        if _CHANNEL.search(title) and index not in named and not _INTENSITY.search(title)
    ]
    axes = named if len(named) < len(titles) else named[:1]
    axes = axes or [index for index in numbered if _is_axis(values[:, index])] or _axes(values)
    passed = [
        f"column {numbers[index]} {titles[index]!r} (numbers of channels)" for index in numbered if index not in axes
    ]
    skipped = {index for index in numbered if index not in axes}
    if 0 not in named and not titles[0] and 1 in (named or [1]) and _numbers_rows(values):
        axes = named or [1]
        skipped.add(0)
        passed.append(f"column {numbers[0]} '' (numbers of rows)")
    kept: list[int] = []
    for index in axes:
        if kept and not _between(kept[-1], index, skipped) and _same_axis(values[:, kept[-1]], values[:, index]):
            other = kept[-1]
            better = bool(_BINDING.search(titles[index])) and not _BINDING.search(titles[other])
            kept[-1] = index if better else other
            dropped = other if better else index
            skipped.add(dropped)
            passed.append(f"column {numbers[dropped]} {titles[dropped]!r} (the same energies on another scale)")
        else:
            kept.append(index)
    return _shared(kept, values.shape[1], skipped), passed


def _shared(axes: Sequence[int], width: int, skipped: set[int]) -> dict[int, list[int]]:
    """Return which columns belong to which axis: those after it up to the next; all others, where there is only one."""
    if len(axes) == 1:
        return {axes[0]: [index for index in range(width) if index != axes[0] and index not in skipped]}
    ends = [*axes[1:], width]
    return {
        axis: [index for index in range(axis + 1, end) if index not in skipped]
        for axis, end in zip(axes, ends, strict=True)
    }


def _between(before: int, index: int, skipped: set[int]) -> bool:
    """Say whether an intensity stands between two columns of energies."""
    return any(column not in skipped for column in range(before + 1, index))


def _axes(values: Floats) -> list[int]:
    """Return the columns of energies of a table without titles: the first that is an axis, and further ones in turn."""
    axes = [index for index in range(values.shape[1]) if _is_axis(values[:, index])]
    first = axes[0] if axes and axes[0] < 2 else 0
    if first == 0 and 1 in axes and values.shape[1] > 2 and _same_axis(values[:, 0], values[:, 1]):
        return [0, 1]
    others = [index for index in axes if index > first + 1]
    alternate = others == list(range(first + 2, values.shape[1], 2)) and values.shape[1] % 2 == 0
    return [first, *(others if alternate and first == 0 else [])]


def _numbers_rows(values: Floats) -> bool:
    """Say whether the first column of (row, column) counts rows from 0 or 1 on, and the second is an axis."""
    if values.shape[1] < 3 or values[0, 0] not in (0.0, 1.0):
        return False
    return np.array_equal(values[:, 0], values[0, 0] + np.arange(len(values))) and _is_axis(values[:, 1])


def _is_axis(column: Floats) -> bool:
    """Say whether numbers run evenly in one direction."""
    numbers = column[~np.isnan(column)]
    if numbers.size < 3 or not np.isfinite(numbers).all():
        return False
    steps = np.diff(numbers)
    if not (np.all(steps > 0) or np.all(steps < 0)):
        return False
    return bool(np.ptp(steps) <= max(0.1 * abs(float(np.median(steps))), 2 * ROUNDING))


def _same_axis(first: Floats, second: Floats) -> bool:
    """Say whether two columns are one energy on two scales: they differ by a constant, or their sum is constant."""
    rows = np.isfinite(first) & np.isfinite(second)
    if rows.sum() < 3:
        return False
    one, other = first[rows], second[rows]
    evenness = _EVENNESS * float(np.abs(np.diff(one)).mean())
    spread = min(float(np.ptp(other - one)), float(np.ptp(other + one)))
    return evenness > 0 and spread < max(evenness, ROUNDING)


def _beside(table: Table, pair: Pair, kept: Sequence[Pair], comparison: Comparison) -> str:
    """Return why a column is not a spectrum beside those that are kept, or nothing."""
    if _MADE.search(pair.titles[1]) or (_BESIDE.search(pair.titles[1]) and not _INTENSITY.search(pair.titles[1])):
        return "no intensities"
    if _NOT_LINEAR.search(pair.titles[1]):
        return "not linear in counts"
    if not kept:
        return ""
    column = table.values[:, pair.intensity]
    known = column[np.isfinite(column)]
    if known.size and np.ptp(known) == 0:
        return "one number in all rows"
    for column_of, reason in comparison.reasons(pair.intensity, [other.intensity for other in kept]):
        energy = next(other.energy for other in kept if other.intensity == column_of)
        if energy == pair.energy or _same_axis(table.values[:, energy], table.values[:, pair.energy]):
            return reason
    return ""


def _name(title: str, above_energy: str = "") -> str:
    """Return what a title says of the sample, in short; or else the one over the energies, or else the title."""
    text = " ".join(_GENERIC.sub(" ", title).split()).strip(" -_:,;/")
    words = [word for word in _GENERIC.sub(" ", above_energy).split() if not _ENERGY.search(word)]
    return text or " ".join(words).strip(" -_:,;/") or title.strip()
