"""The pictures of the pages on how an answer comes about, and of ten answered spectra.

``python docs/pictures.py answer`` draws a synthetic spectrum; ``python docs/pictures.py gallery`` draws measured
ones, from the folder that ``SPECQUANT_REAL_DATA`` names, and writes the table of the gallery.
"""

import csv
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import specquant
from specquant.elements import atomic_fractions
from specquant.plugin import EnergyAxis, parse_amounts
from specquant.report import SampleResult
from specquant.session import Result, Session
from specquant.session.example import write_example

DOCS = Path(__file__).parent
INK, BLUE, ORANGE, SOFT = "#1f2933", "#0072b2", "#d55e00", "#8a8f98"
COLOURS = ("#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5c00", "#5b4b8a")

_SHOWN = 0.01
"""Atomic fraction from which on an element is shown: chosen, as on the screen."""

GALLERY = (
    ("xps", "parsed/007.csv"),
    ("xps", "parsed/033.csv"),
    ("xps", "parsed/036.csv"),
    ("xps", "parsed/200.csv"),
    ("xps", "parsed/197.csv"),
    ("xps", "parsed/199.csv"),
    ("eds", "unknowns/GMIIIA_K412[0][4].msa"),
    ("eds", "unknowns/MMM2_Pyrope[0][4].msa"),
    ("eds", "unknowns/GMIIIA_K227[0][4].msa"),
    ("eds", "formats/Albite_ChMxd_20kV0p5nA130kHzTC_5p9kHzOCR_4ks.spx"),
)
"""Technique and file, below the folder of the technique; ``labels.csv`` there says what each is."""


def answer() -> None:
    """Draw how the answer to a synthetic survey comes about, step by step."""
    with tempfile.TemporaryDirectory() as folder:
        session = specquant.open("xps")
        example = write_example(session, Path(folder) / "survey.csv", elements="O,Fe,C,Si", seed=4)
        network = fractions(session.quantify(example.path, method="cnn"))
        result = session.quantify(example.path)
    sample = result.samples(explained=False)[0]
    figure = Figure(figsize=(10, 6.2), layout="constrained")
    axes = figure.subplots(2, 2)
    axis = session.technique.axis
    _draw(axes[0, 0], axis, sample, "1  A measured spectrum; its axis is checked and corrected", model=False)
    _bars(axes[0, 1], network, {}, "2  The network proposes elements and amounts")
    _draw(axes[1, 0], axis, sample, "3  The fit: physics, all elements and the instrument at once", model=True)
    _bars(axes[1, 1], fractions(result), bounds(result), "4  The answer: elements with evidence, 90 % intervals")
    figure.savefig(DOCS / "images" / "answer.png", dpi=110)


def gallery() -> None:
    """Draw the spectra of `GALLERY`, and write the table of labels and answers into its page."""
    root = Path(os.environ["SPECQUANT_REAL_DATA"])
    sessions = {name: specquant.open(name) for name in ("xps", "eds")}
    rows = []
    for number, (technique, name) in enumerate(GALLERY, start=1):
        label = _label(root / technique, name)
        truth = _truth(label, sessions[technique])
        result = sessions[technique].quantify(root / technique / name)
        _draw_one(sessions[technique], result, truth, number)
        rows.append(_row(number, label, truth, result))
    page = DOCS / "results" / "gallery.md"
    heads = "| | sample | label, at% | answer, at% | accuracy | verdict |\n|---|---|---|---|---|---|\n"
    marked = f"<!-- gallery -->\n\n{heads}{''.join(rows)}\n<!-- end of gallery -->"
    text = page.read_text(encoding="utf-8")
    page.write_text(re.sub(r"<!-- gallery -->.*<!-- end of gallery -->", lambda _: marked, text, flags=re.DOTALL))


def fractions(result: Result) -> dict[str, float]:
    """Return the elements that an answer shows, largest first."""
    return {row.element: row.fraction for row in result.table if row.fraction >= _SHOWN}


def bounds(result: Result) -> dict[str, tuple[float, float]]:
    """Return their 90 % intervals."""
    return {row.element: (row.lower, row.upper) for row in result.table}


def _label(folder: Path, name: str) -> Mapping[str, str]:
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as lines:
        return next(row for row in csv.DictReader(lines) if name in (row.get("parsed"), row["file"]))


def _truth(label: Mapping[str, str], session: Session) -> dict[str, float]:
    """Return the atomic fractions of a label."""
    in_atoms = label.get("composition_at_percent")
    amounts = parse_amounts(in_atoms or label["composition_wt_percent"])
    symbols, values = list(amounts), np.array(list(amounts.values()))
    parts = values / values.sum() if in_atoms else atomic_fractions(values, symbols)
    known = session.technique.elements
    return {symbol: float(part) for symbol, part in zip(symbols, parts, strict=True) if symbol in known}


def _row(number: int, label: Mapping[str, str], truth: Mapping[str, float], result: Result) -> str:
    found, verdict = fractions(result), result.judgements[0].verdict
    union = {*truth, *found}
    score = 1 - sum(abs(truth.get(symbol, 0.0) - found.get(symbol, 0.0)) for symbol in union) / 2
    name = label["sample"].split(",")[0].split(" (")[0]
    return f"| {number} | {name} | {_text(truth)} | {_text(found)} | {score:.2f} | {verdict} |\n"


def _text(parts: Mapping[str, float]) -> str:
    ordered = sorted(parts.items(), key=lambda part: -part[1])
    return ", ".join(f"{symbol} {100 * part:.1f}" for symbol, part in ordered if part >= _SHOWN) or "none"


def _draw_one(session: Session, result: Result, truth: Mapping[str, float], number: int) -> None:
    figure = Figure(figsize=(9, 2.9), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 1))
    _draw(left, session.technique.axis, result.samples(explained=False)[0], "", model=True)
    _bars(right, fractions(result), bounds(result), "answer, and label (line)", truth)
    folder = DOCS / "images" / "gallery"
    folder.mkdir(exist_ok=True)
    figure.savefig(folder / f"{number}.png", dpi=80)


def _draw(axes: Axes, axis: EnergyAxis, sample: SampleResult, title: str, model: bool) -> None:
    """Draw measured counts and, if asked for, what the model says of them, element by element."""
    energy = axis.centres
    counts, observed = sample.spectra.counts[0], sample.spectra.observed[0]
    seen = np.flatnonzero(observed)
    axes.step(energy[seen], counts[seen], where="mid", color=INK, lw=0.6, label="measured")
    if model and sample.modelled is not None:
        floor = sample.modelled.background
        axes.plot(energy[seen], sample.modelled.total[seen], color=ORANGE, lw=0.9, label="fit")
        order = np.argsort(-sample.modelled.parts.sum(axis=1))[: len(COLOURS)]
        for colour, part in zip(COLOURS, order, strict=False):
            counts_of = (floor + sample.modelled.parts[part])[seen]
            axes.fill_between(energy[seen], floor[seen], counts_of, color=colour, alpha=0.45, lw=0)
            axes.plot([], [], color=colour, lw=5, alpha=0.45, label=sample.modelled.elements[part])
        axes.legend(frameon=False, fontsize=7, ncols=2)
    axes.set_title(title, loc="left", fontsize=10)
    axes.set_ylabel("counts", fontsize=8)
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_ylim(bottom=0)
    axes.ticklabel_format(axis="y", style="plain")
    axes.set_xlim(*_span(axis, energy[seen]))
    axes.set_xlabel(f"{axis.label.lower()}, {axis.unit}", fontsize=8)


def _span(axis: EnergyAxis, energy: np.ndarray) -> tuple[float, float]:
    """Return the ends of the axis as people draw it: binding energies from high to low, X-rays up to 12 keV."""
    low, high = float(energy.min()), float(energy.max())
    return (high, low) if axis.descending else (low, min(high, 12000.0))


def _bars(
    axes: Axes,
    parts: Mapping[str, float],
    ends: Mapping[str, tuple[float, float]],
    title: str,
    truth: Mapping[str, float] | None = None,
) -> None:
    """Draw atomic fractions with intervals, and a line at what the label says."""
    listed = sorted({*parts, *(symbol for symbol, part in (truth or {}).items() if part >= _SHOWN)})
    listed.sort(key=lambda symbol: -max(parts.get(symbol, 0.0), (truth or {}).get(symbol, 0.0)))
    values = [100 * parts.get(symbol, 0.0) for symbol in listed]
    axes.barh(listed[::-1], values[::-1], color=BLUE, alpha=0.6, height=0.6)
    for row, symbol in enumerate(listed[::-1]):
        if symbol in ends and symbol in parts:
            axes.plot([100 * end for end in ends[symbol]], [row, row], color=INK, lw=1.2)
        if truth is not None and symbol in truth:
            axes.plot([100 * truth[symbol]] * 2, [row - 0.4, row + 0.4], color=ORANGE, lw=2)
    axes.set_title(title, loc="left", fontsize=10 if truth is None else 8)
    axes.set_xlabel("at%", fontsize=8)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)


if __name__ == "__main__":
    {"answer": answer, "gallery": gallery}[sys.argv[1]]()
