"""The section on transfer: what convolutions of one technique are worth in another."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from specquant.report.page import Html, element, joined, paragraph, picture, section, table
from specquant.study.figure import Figure, figure_text, gain_text
from specquant.study.techniques.plan import RANDOM, SCRATCH, title_of
from specquant.study.techniques.results import Comparison, Side

if TYPE_CHECKING:
    from matplotlib.figure import Figure as MplFigure

_ABOUT = (
    "Three convolution layers are taken from the network of another technique that has seen {spectra:,} spectra, of "
    "the same seed. Frozen: only the output, and where stated parameters enter, is learned; the averages of batch "
    "norms follow the new spectra. Fine-tuned: all is learned further. Random, frozen: what an output layer makes of "
    "convolutions that have learned nothing. A technique's own convolutions are left out: they have seen its spectra, "
    "so they would say nothing on transfer."
)


def transfer_section(comparison: Comparison, figures: "Mapping[str, MplFigure]") -> Html:
    """Return the section: a table of gains for all, then accuracies and a figure per technique."""
    parts = [_of_technique(side, comparison, figures[f"transfer-{side.name}"]) for side in comparison.sides]
    return section(
        "What convolutions of one technique are worth in another",
        paragraph(_ABOUT.format(spectra=comparison.sizes[-1])),
        _gains(comparison),
        *parts,
        anchor="transfer",
    )


def _gains(comparison: Comparison) -> Html:
    sides = comparison.sides
    pairs = [(donor.name, target) for target in sides for donor in sides if donor is not target]
    rows = []
    for donor, target in pairs:
        frozen, tuned = title_of(donor, frozen=True), title_of(donor, frozen=False)
        wanted = {
            "fine-tuned, above from scratch": (tuned, SCRATCH),
            "frozen, above from scratch": (frozen, SCRATCH),
            "frozen, above random frozen": (frozen, RANDOM),
        }
        for words, (one, other) in wanted.items():
            gains = [gain_text(target.gain(one, size, other)) for size in comparison.sizes]
            rows.append((f"{donor} \u2192 {target.name}", words, *gains))
    head = ("From, to", "Gain, points", *(f"{size:,}" for size in comparison.sizes))
    return table(head, rows, ("element", "", *["number"] * len(comparison.sizes)))


def _of_technique(side: Side, comparison: Comparison, drawn: "MplFigure") -> Html:
    rows = [
        (title, *(figure_text(Figure.of(sizes[size])) for size in comparison.sizes))
        for title, sizes in side.accuracy.items()
    ]
    head = ("Begins with", *(f"{size:,}" for size in comparison.sizes))
    caption = f"Accuracy on fresh spectra of {side.name} against the spectra of it that were seen."
    return joined(
        element("h3", f"In {side.title}"),
        table(head, rows, ("", *["number"] * len(comparison.sizes))),
        picture(drawn, f"Accuracy in {side.name} against training spectra", caption, small=True),
    )
