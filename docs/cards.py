"""The cards of the models that ship, as tables for ``docs/reference/models.md``."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from specquant.discovery import load_technique
from specquant.learning.modelfile import read_model

QUANTIFIES, FINDS_OFFSET, FINDS_UNSTATED = "quantifies", "finds the axis offset", "finds unstated quantities"
"""What a model that ships is for."""

_VALIDATION = {
    QUANTIFIES: "accuracy on the validation spectra of its training",
    FINDS_OFFSET: "share of validation spectra with an offset right within 2 eV",
    FINDS_UNSTATED: "share of validation spectra where the 90 % interval holds the truth",
}
"""What the validation figure of a card is, by what the model is for."""


def shipped(techniques: Sequence[str]) -> dict[str, tuple[str, Path]]:
    """Return what every model that ships is for, and its file, by ``TECHNIQUE NAME``."""
    listed: dict[str, tuple[str, Path]] = {}
    for name in techniques:
        technique = load_technique(name)
        listed |= {f"{name} {model}": (QUANTIFIES, path) for model, path in technique.models.items()}
        if technique.offset_model is not None:
            listed[f"{name} {technique.offset_model.stem}"] = (FINDS_OFFSET, technique.offset_model)
        quantities = technique.unstated_quantities
        if quantities is not None and quantities.model is not None:
            listed[f"{name} {quantities.model.stem}"] = (FINDS_UNSTATED, quantities.model)
    return listed


def card_rows(purpose: str, path: Path) -> Iterator[tuple[str, str]]:
    """Yield what a model's card says, property by property; ``""`` stands for what a person writes beside it."""
    card, _ = read_model(path)
    technique = load_technique(card.technique)
    yield "what it does", purpose
    yield "SHA-256", f"`{card.sha256}`"
    yield "file", f"{path.stat().st_size / 1e6:.1f} MB"
    yield "network", f"`{card.network}`"
    yield "made by", f"specquant {card.specquant_version}, `{card.command}`"
    yield "trained on", f"{card.spectra:,} spectra of the recipe `{card.recipe}`, seed {card.seed}"
    yield "axis", f"{card.axis[0]:g} to {card.axis[1]:g} {technique.axis.unit} in steps of {card.axis[2]:g}"
    yield "elements that it can find", f"{len(card.known)}: {' '.join(card.known)}"
    yield "elements of the technique that it cannot find", card.limits(technique) or "none"
    yield "takes, where stated", ", ".join(f"`{name}`" for name in card.stated) or "nothing"
    yield from ((f"`{name}` in training", _span(values)) for name, values in card.ranges.items() if len(values) > 1)
    yield _VALIDATION[purpose], f"{card.validation_accuracy:.3f}"
    if purpose == QUANTIFIES:
        yield "accuracy and coverage on fresh spectra", ""
    yield "what it cannot do", ""


def _span(values: Sequence[float]) -> str:
    return f"{values[0]:.4g} to {values[-1]:.4g}"
