"""A spectrum to begin with: synthetic, of the elements that a technique's samples hold most often."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from specquant.elements import parse_elements
from specquant.files import atomic_path
from specquant.recipes import Constant, Distribution, Recipe
from specquant.session.session import Session
from specquant.technique import Technique

_ELEMENTS = 4
"""Elements of the example: chosen, as many as one reads off a spectrum."""

_ALIKE = 4.0
"""Dirichlet parameter of their amounts: chosen, so that none is a trace."""

_COUNTS = 3e4
"""Counts in the strongest channel: chosen, a usual measurement."""


_INSTRUMENT = 1
"""Seed of the instrument: chosen."""


@dataclass(frozen=True)
class Example:
    """A synthetic spectrum in a text file, with the truth.

    Parameters
    ----------
    path
        CSV of energy, in the technique's unit, and counts; lines that begin with ``#`` say what it is.
    fraction
        Atomic fraction of every element in it.
    """

    path: Path
    fraction: Mapping[str, float]


def write_example(session: Session, path: Path, seed: int = 1, elements: str | None = None) -> Example:
    """Write a spectrum that is synthetic, and says so, to a CSV file, and return it with its truth.

    Parameters
    ----------
    session
        The technique. All its examples are of one instrument, at the technique's defaults of what files state.
    path
        The file.
    seed
        Seed of amounts and counting noise.
    elements
        The elements that it holds, such as ``O,Si,Fe``; None: the four that the default recipe draws most often.

    Raises
    ------
    SettingError
        If an element is not one of the technique's.
    OutputError
        If the file cannot be written.
    """
    technique = session.technique
    listed = _most_common(technique) if elements is None else parse_elements(elements, technique.elements)
    spectrum = session.synthesizer(_recipe(technique, listed), seed).spectra(0, 1).isel(sample=0)
    parts = zip(spectrum["element"].values.tolist(), spectrum["fraction"].values.tolist(), strict=True)
    fraction = {str(symbol): float(part) for symbol, part in parts if part > 0}
    rows = zip(spectrum["energy"].values.tolist(), spectrum["counts"].values.tolist(), strict=True)
    lines = [*_head(technique, fraction, seed), *(f"{energy:g},{counts:.0f}" for energy, counts in rows)]
    with atomic_path(path) as partial:
        partial.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Example(path, fraction)


def _most_common(technique: Technique) -> Sequence[str]:
    usual = technique.recipe()
    return sorted(technique.elements, key=lambda symbol: -usual.prior.get(symbol, usual.prior_default))[:_ELEMENTS]


def _recipe(technique: Technique, elements: Sequence[str]) -> Recipe:
    return Recipe(
        "example",
        "A spectrum to begin with",
        element_count=(*(0.0 for _ in elements[1:]), 1.0),
        prior=dict.fromkeys(elements, 1.0),
        prior_default=0.0,
        concentration=Constant(_ALIKE),
        response=_instrument(technique),
        linear_mixing=technique.recipe().linear_mixing,
        counts=Constant(_COUNTS),
    )


def _instrument(technique: Technique) -> Mapping[str, Distribution]:
    """Return the instrument of all examples of a technique: one that its default recipe draws."""
    stated = {parameter.name for parameter in technique.parameters if parameter.stated}
    rng, drawn = np.random.default_rng(_INSTRUMENT), technique.recipe().response
    values = {name: float(drawn[name].draw(rng, (1,))[0]) for name in sorted(drawn)}
    return {name: Constant(value) for name, value in values.items() if name not in stated}


def _head(technique: Technique, fraction: Mapping[str, float], seed: int) -> Iterator[str]:
    """Yield the lines above the numbers: what the file is, and what is in it."""
    parts = ", ".join(f"{symbol} {100 * part:.1f}" for symbol, part in fraction.items())
    yield f"# not measured: made by specquant {version('specquant')}, technique {technique.name}, seed {seed}"
    yield f"# made of, at%: {parts}"
    yield f"{technique.axis.label} ({technique.axis.unit}),Counts"
