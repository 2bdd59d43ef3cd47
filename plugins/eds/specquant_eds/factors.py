"""Family factors: measured over theoretical intensity of every line group, from spectra of known composition.

``python -m specquant_eds.factors FOLDER`` fits every labelled spectrum of a folder of standards and prints the table
that ships as ``data/family_factors.csv``. The factors are a property of the lines, not of the beam energy: those of 15
and 20 keV differ by 2 % (K) and 5 % (L) (docs/explanation/physics-eds.md).
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from xraylib import SymbolToAtomicNumber

from specquant.plugin import Floats
from specquant_eds.known import KnownFit, dose, fit_known
from specquant_eds.linegroups import LineGroup, line_groups

UNSOUND: Mapping[str, tuple[str, ...]] = {
    "As": ("As",),
    "BaCl": ("Ba", "Cl"),
    "BaF2": ("Ba", "F"),
    "CeAl2": ("Ce", "Al"),
    "CsBr": ("Br", "Cs"),
    "Er": ("Er",),
    "EuF3": ("Eu", "F"),
    "La": ("La",),
    "LaF3": ("La", "F"),
    "Lu": ("Lu",),
    "LuF3": ("Lu", "F"),
    "Molybdenite": ("S", "Mo"),
    "NIST K227": ("O",),
    "NdF3": ("Nd", "F"),
    "PbO": ("Pb", "O"),
    "PrF3": ("Pr", "F"),
    "Sm2O3": ("Sm", "O"),
    "Y": ("Y",),
}
"""Standards with an oxide skin, water or a rough surface, and the elements they are not a standard for: measured
against the phosphates, KBr, KCl and CsI (docs/explanation/physics-eds.md); molybdenite's own S K and Mo L
cannot be separated."""

_LEAST_SHARE = 3e-4
"""Share of a standard's counts that a group needs: less is lost in errors of the others; chosen."""

_LARGEST_ERROR = 0.2
"""Relative standard error of a group's amount up to which it counts; chosen."""

_SCATTER = 0.05
"""Relative scatter of standards of one line, in quadrature with each one's error: no standard outweighs all others."""

_LOWEST_OVERVOLTAGE = 1.2
"""Beam energy over edge from which on a group counts: below, ionisation changes too steeply with energy; chosen."""

_THEORY, _ALIKE, _ANY = 0.05, 3.0, 1.0
"""By how much theory is wrong for K lines, in logarithms: standard deviation about a common error, the difference of
atomic numbers over which it stays alike, and the deviation of the common error, as good as any. The first two are the
likeliest for the standards at 15 keV; they leave nothing that an element has of its own
(docs/decisions/0038-hidden.md)."""

_SOFT_LINE, _LIGHT = 1000.0, 20
"""eV below which absorption is uncertain, and the atomic number up to which it is not even there."""


def measured(fits: Sequence[tuple[str, KnownFit]]) -> dict[tuple[str, str], tuple[float, float]]:
    """Return factor and standard error by (element, line group), averaged over sound standards.

    Parameters
    ----------
    fits
        Name of the sample and its fit. Factors are those relative to which the fit was made.
    """
    gathered: dict[tuple[str, str], list[tuple[float, float, bool]]] = {}
    for sample, fit in fits:
        total = fit.parts.sum() + fit.rest.sum()
        for group, amount, error, part in zip(fit.groups, fit.amount, fit.error, fit.parts, strict=True):
            if group.element in UNSOUND.get(sample, ()) or part.sum() < _LEAST_SHARE * total or error > _LARGEST_ERROR:
                continue
            if fit.values["beam_energy"] < _LOWEST_OVERVOLTAGE * group.subshell.edge:
                continue
            entry = float(amount), float(error), well_absorbed(group, fit.groups)
            gathered.setdefault((group.element, group.label), []).append(entry)
    return {key: _average(best(values)) for key, values in gathered.items()}


def well_absorbed(group: LineGroup, matrix: Sequence[LineGroup]) -> bool:
    """Say whether the absorption of a group in a standard is well known.

    Below 1 keV coefficients of heavier elements are uncertain by 10 to 30 % (FFAST against Elam for O K: Yb 11 %,
    U 25 %), and what they add would be taken for a strength of the line.
    """
    return group.energy >= _SOFT_LINE or all(other.subshell.z <= _LIGHT for other in matrix)


def best(values: Sequence[tuple[float, float, bool]]) -> list[tuple[float, float, bool]]:
    """Return the values with well-known absorption, or all if there is none."""
    return [value for value in values if value[2]] or list(values)


def _average(values: Sequence[tuple[float, float, bool]]) -> tuple[float, float]:
    amounts, errors = np.array([value[:2] for value in values]).T
    weight = 1.0 / (errors**2 + _SCATTER**2)
    return float((weight * amounts).sum() / weight.sum()), float(weight.sum() ** -0.5)


def smoothed(factors: Mapping[tuple[str, str], tuple[float, float]]) -> dict[tuple[str, str], tuple[float, float]]:
    """Return factors with those of K lines above 1 keV as smooth over the atomic number as theory is wrong.

    One standard errs by some per cent, by its surface or its absorption, and cross sections and yields of K shells err
    alike in neighbours. What all standards say of an element's leading line goes to its other K lines, too.
    """
    groups = {(group.element, group.label): group for group in line_groups()}
    leads = [key for key in factors if key[1] == "Ka" and groups[key].energy >= _SOFT_LINE]
    if not leads:
        return dict(factors)
    z = np.array([groups[key].subshell.z for key in leads])
    said = np.log([groups[key].factor * factors[key][0] for key in leads])
    error = np.array([factors[key][1] / factors[key][0] for key in leads])
    alike = _ANY**2 + _THEORY**2 * np.exp(-0.5 * ((z[:, None] - z) / _ALIKE) ** 2)
    likeliest = alike @ np.linalg.solve(alike + np.diag(error**2), said)
    change = dict(zip((key[0] for key in leads), np.exp(likeliest - said), strict=True))
    return {
        key: (factor * float(change.get(key[0], 1.0)), deviation) if groups[key].family == "K" else (factor, deviation)
        for key, (factor, deviation) in factors.items()
    }


def table(factors: Mapping[tuple[str, str], tuple[float, float]]) -> Iterator[tuple[LineGroup, float, str]]:
    """Yield every line group with its factor and where it is from: measured, or interpolated over atomic number.

    What is interpolated is the factor of the family's leading group (Ka, La, Ma), and the ratio to it of the others.
    """
    groups = line_groups()
    absolute = {
        (group.element, group.label): group.factor * factors[group.element, group.label][0]
        for group in groups
        if (group.element, group.label) in factors
    }
    lead = {
        family: _curve({key: value for key, value in absolute.items() if key[1] == f"{family}a"}) for family in "KLM"
    }

    def leading(group: LineGroup) -> float:
        between = float(np.interp(group.subshell.z, *lead[group.family]))
        return absolute.get((group.element, f"{group.family}a"), between)

    ratios = {
        label: _curve(
            {
                (group.element, label): absolute[group.element, label] / leading(group)
                for group in groups
                if group.label == label and (group.element, label) in absolute
            }
        )
        for label in {label for _, label in absolute}
    }
    for group in groups:
        if (group.element, group.label) in absolute:
            yield group, absolute[group.element, group.label], "measured"
        elif group.label in ratios:
            yield group, leading(group) * float(np.interp(group.subshell.z, *ratios[group.label])), "interpolated"


def _curve(values: Mapping[tuple[str, str], float]) -> tuple[Floats, Floats]:
    """Return atomic numbers, ascending, and values; without rhenium: its L data in xraylib are wrong by half."""
    points = sorted((SymbolToAtomicNumber(element), value) for (element, _), value in values.items() if element != "Re")
    z, value = np.array(points).T
    return z, value


def main(folder: Path) -> None:
    """Print the table of a folder of standards, relative to theory without the factors that ship."""
    from specquant_eds.readers import READERS
    from specquant_eds.standards import read_standards
    from specquant_eds.technique import AXIS

    fits = []
    for standard in read_standards(folder, AXIS, READERS):
        fit = fit_known(
            standard.counts,
            AXIS,
            standard.fraction,
            standard.values,
            dose(standard.live_time, standard.probe_current),
        )
        fits.append((standard.sample, fit))
        sys.stderr.write(f"{standard.sample}: misfit {fit.misfit:.2f}\n")
    sys.stdout.write("element,label,family,factor,origin\n")
    for group, factor, origin in table(smoothed(measured(fits))):
        sys.stdout.write(f"{group.element},{group.label},{group.family},{factor:.4f},{origin}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
