"""How good a method is: on measured spectra of known composition, and on freshly drawn ones."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import xarray as xr

from specquant.errors import ReadError
from specquant.files import atomic_path
from specquant.quantifiers import PRESENT_ABOVE, Quantifier
from specquant.readers import load_spectra
from specquant.synthesizer import BLOCK, Synthesizer
from specquant.technique import Floats, Reader, Technique

_NUMBERING = re.compile(r"^\s*\d+\s*[.)]\s*")
_HEADLINE = ("A", "A-", "B")


@dataclass(frozen=True)
class Labelled:
    """One measured spectrum of a labelled folder: who it is, what is known of it, and the spectrum (SPECTRA)."""

    identity: str
    sample: str
    reliability: str
    fraction: Floats
    spectra: xr.Dataset


@dataclass(frozen=True)
class Score:
    """How one method did on one spectrum; `missed` and `invented` are elements at the 1 at% limit."""

    identity: str
    sample: str
    material: str
    reliability: str
    method: str
    accuracy: float
    mean_absolute_error: float
    missed: tuple[str, ...]
    invented: tuple[str, ...]
    found: str


@dataclass(frozen=True)
class Summary:
    """Means over samples, replicates of one sample averaged first."""

    samples: int
    accuracy: float
    accuracy_by_material: float
    mean_absolute_error: float
    missed_per_spectrum: float
    invented_per_spectrum: float


def article_accuracy(predicted: Floats, truth: Floats) -> Floats:
    """Return ``1 - sum |y' - y| / 2`` of (sample, element) fractions, shape (sample,): the article's metric."""
    return np.asarray(1.0 - 0.5 * np.abs(predicted - truth).sum(axis=1))


def score(method: str, labelled: Labelled, predicted: Floats, elements: Sequence[str]) -> Score:
    """Compare the (element,) fractions that a method found with the label."""
    truth = labelled.fraction
    there, said = truth >= PRESENT_ABOVE, predicted >= PRESENT_ABOVE
    return Score(
        identity=labelled.identity,
        sample=labelled.sample,
        material=formula(truth, elements),
        reliability=labelled.reliability,
        method=method,
        accuracy=float(article_accuracy(predicted[None], truth[None])[0]),
        mean_absolute_error=float(np.abs(predicted - truth)[there | said].mean()),
        missed=tuple(np.array(elements)[there & ~said].tolist()),
        invented=tuple(np.array(elements)[said & (truth <= 0)].tolist()),
        found=formula(predicted, elements),
    )


def formula(fraction: Floats, elements: Sequence[str], most: int = 8) -> str:
    """Return fractions of at least 1 at% as text, largest first: ``O 60.0 Fe 40.0``."""
    order = [index for index in np.argsort(-fraction)[:most] if fraction[index] >= PRESENT_ABOVE]
    return " ".join(f"{elements[index]} {100 * fraction[index]:.1f}" for index in order)


def summarise(scores: Sequence[Score]) -> Summary:
    """Return the means of one method's scores."""
    by_sample = _grouped(scores, lambda item: (item.material, item.reliability, _NUMBERING.sub("", item.sample)))
    by_material = _grouped(scores, lambda item: (item.material,))

    def mean(value: Callable[[Score], float], groups: Sequence[Sequence[Score]] = tuple(by_sample)) -> float:
        return float(np.mean([np.mean([value(item) for item in group]) for group in groups]))

    return Summary(
        samples=len(by_sample),
        accuracy=mean(lambda item: item.accuracy),
        accuracy_by_material=mean(lambda item: item.accuracy, by_material),
        mean_absolute_error=mean(lambda item: item.mean_absolute_error),
        missed_per_spectrum=mean(lambda item: len(item.missed)),
        invented_per_spectrum=mean(lambda item: len(item.invented)),
    )


def by_class(scores: Sequence[Score]) -> dict[str, Summary]:
    """Return one summary per reliability class, and ``headline`` over the classes A, A- and B if any is there."""
    classes = sorted({item.reliability for item in scores})
    summaries = {name: summarise([item for item in scores if item.reliability == name]) for name in classes}
    headline = [item for item in scores if item.reliability in _HEADLINE]
    return ({"headline": summarise(headline)} if headline else {}) | summaries


def by_method(scores: Sequence[Score]) -> dict[str, list[Score]]:
    """Return the scores of every method, in the order in which methods first occur."""
    return {name: [item for item in scores if item.method == name] for name in dict.fromkeys(s.method for s in scores)}


def write_scores(scores: Sequence[Score], path: Path) -> None:
    """Write every single score as CSV."""
    with atomic_path(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=[entry.name for entry in fields(Score)])
        writer.writeheader()
        for item in scores:
            writer.writerow(asdict(item) | {"missed": " ".join(item.missed), "invented": " ".join(item.invented)})


def evaluate_labelled(methods: Mapping[str, Quantifier], labelled: Sequence[Labelled]) -> list[Score]:
    """Score every method on every labelled spectrum."""
    if not labelled:
        return []
    spectra = xr.concat([item.spectra for item in labelled], dim="sample")
    scores = []
    for name, quantifier in methods.items():
        fractions = quantifier.quantify(spectra)["fraction"].values
        elements = quantifier.technique.elements
        scores += [score(name, item, row, elements) for item, row in zip(labelled, fractions, strict=True)]
    return scores


def evaluate_synthetic(
    methods: Mapping[str, Quantifier],
    synthesizer: Synthesizer,
    samples: int,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Score]:
    """Score every method on `samples` freshly drawn spectra, a block at a time."""
    scores = []
    for start in range(0, samples, BLOCK):
        spectra = synthesizer.spectra(start, min(BLOCK, samples - start))
        truths = spectra["fraction"].values
        for name, quantifier in methods.items():
            fractions = quantifier.quantify(spectra)["fraction"].values
            for row, (found, truth) in enumerate(zip(fractions, truths, strict=True)):
                drawn = Labelled(str(start + row), str(start + row), "synthetic", truth, spectra)
                scores.append(score(name, drawn, found, synthesizer.elements))
        progress(start + spectra.sizes["sample"])
    return scores


def read_labels(folder: Path, technique: Technique, readers: Sequence[Reader] = ()) -> list[Labelled]:
    """Read the spectra of a folder whose ``labels.csv`` gives their composition.

    Columns: ``composition_at_percent`` (``Fe:40 O:60``; rows without are passed over), ``parsed`` or ``file`` (path in
    the folder; `parsed` is taken where given), and, where there are, ``id``, ``sample``, ``reliability``.

    Raises
    ------
    ReadError
        If the table is missing or lacks a column, or a composition cannot be read.
    SpecquantError
        If a spectrum of the table cannot be read.
    """
    table = folder / "labels.csv"
    if not table.is_file():
        raise ReadError("no labels.csv in the folder", where=folder, todo="Give the folder that holds labels.csv.")
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            content = csv.DictReader(file, restval="")
            rows, columns = list(content), list(content.fieldnames or ())
    except (UnicodeDecodeError, csv.Error) as error:
        raise ReadError("is no table in UTF-8", where=table, found=error, todo="Save it as CSV in UTF-8.") from error
    if not rows or "composition_at_percent" not in columns or not {"parsed", "file"} & set(columns):
        raise ReadError(
            "labels.csv lacks a column",
            where=table,
            found=", ".join(columns) if rows else "no row",
            wanted="columns composition_at_percent and parsed or file",
        )
    return list(_labelled(rows, folder, technique, readers))


def _labelled(
    rows: Sequence[Mapping[str, str]], folder: Path, technique: Technique, readers: Sequence[Reader]
) -> Iterator[Labelled]:
    for number, row in enumerate(rows, start=2):
        if not row["composition_at_percent"].strip():
            continue
        where = f"{folder / 'labels.csv'}, line {number}"
        fraction = _composition(row["composition_at_percent"], technique.elements, where)
        name = row.get("parsed") or row.get("file")
        if not name:
            raise ReadError("no file is named", where=where, wanted="a path in column parsed or file")
        path = folder / name
        spectra = load_spectra(path, technique, readers)
        if spectra.sizes["sample"] != 1:
            raise ReadError(
                "labelled file holds several spectra", where=path, found=spectra.sizes["sample"], wanted="one"
            )
        identity = row.get("id") or str(number)
        spectra = spectra[["counts", "observed"]].assign_coords(sample=[identity])
        yield Labelled(identity, row.get("sample") or path.name, row.get("reliability") or "", fraction, spectra)


def _composition(text: str, elements: Sequence[str], where: str) -> Floats:
    try:
        parts = [part.split(":") for part in text.split()]
        amounts = [(symbol, float(percent)) for symbol, percent in parts]
    except ValueError as error:
        raise ReadError(
            "cannot read the composition", where=where, found=repr(text), wanted="like Fe:40 O:60"
        ) from error
    unknown = sorted({symbol for symbol, _ in amounts} - set(elements))
    if unknown:
        raise ReadError("composition names elements that the technique lacks", where=where, found=", ".join(unknown))
    fraction = np.zeros(len(elements))
    for symbol, percent in amounts:
        fraction[list(elements).index(symbol)] += percent
    if not np.isfinite(fraction).all() or fraction.min() < 0 or fraction.sum() <= 0:
        raise ReadError("composition is not positive", where=where, found=repr(text))
    return np.asarray(fraction / fraction.sum())


def _grouped(scores: Sequence[Score], key: Callable[[Score], tuple[str, ...]]) -> list[list[Score]]:
    groups: dict[tuple[str, ...], list[Score]] = {}
    for item in scores:
        groups.setdefault(key(item), []).append(item)
    return list(groups.values())
