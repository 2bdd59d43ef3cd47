"""Answers as lines of text: a table per spectrum, a summary of a map, and the mean of replicates."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from specquant.notes import beside_verdict, shortened
from specquant.oxides import OXYGEN
from specquant.quantifiers import PRINTED_ABOVE
from specquant.session.fileresults import FileResult, Row
from specquant.session.replicates import Replicates
from specquant.technique import NarrowAnswer
from specquant.verdict import Judgement, Verdict

_NAMED = 4
"""Elements, reasons or notes that a line names: chosen, the rest is in files."""

_OFTEN = 0.01
"""Share of the spectra of a map in which an element is shown, from which on the summary has it: chosen, 1 %."""

_LOW, _HIGH = 5.0, 95.0
"""Percentiles of a map that the summary states."""

MOST_TABLES = 100
"""Spectra of one file from which on there is a summary in place of their tables: chosen, some screens full."""


def lines_of(result: FileResult, method: str, force: bool = False) -> Iterator[str]:
    """Yield what the screen shows of a file: a table per spectrum, or one summary of a map or of very many spectra."""
    if len(result.spectra) > 1 and (result.spectra.pixels() or len(result.spectra) > MOST_TABLES):
        yield from _summary(result, method, force)
        return
    judgements, tables = result.judgements(method), result.parted_rows(method, force)
    for index, (sample, (rows, others)) in enumerate(zip(result.spectra.labels(), tables, strict=True)):
        yield f"{result.file}  [{sample}]"
        if judgements[index].is_answer or force:
            yield from _table(rows, others)
            yield from _oxides(result, method, index, rows)
        answer = result.narrow[index] if result.narrow else None
        if answer is not None:
            yield from _narrow_table(answer, result.compositions[method]["element"].values.tolist())
        yield from _judged(judgements[index])
        said = {reason.text for reason in judgements[index].decisive}
        yield from (f"  {note}" for note in beside_verdict(result.notes[index], said))


def mean_lines(replicates: Replicates, elements: Sequence[str]) -> Iterator[str]:
    """Yield the table of the mean of replicates, with standard deviation and standard error."""
    count = len(replicates.fraction)
    left_out = f"; {replicates.left_out} not quantified and left out" if replicates.left_out else ""
    yield f"mean of {count} spectra{left_out}"
    yield "          at%     wt%  std dev  std err, at%"
    mean, deviation, error, weight = replicates.mean, replicates.deviation, replicates.error, replicates.weight_mean
    for index in replicates.shown:
        figures = f"{_percent(mean[index], 8)}{_percent(weight[index], 8)}{_percent(deviation[index], 9)}"
        yield f"  {elements[index]:<3}{figures}{_percent(error[index], 9)}"
    hidden = np.setdiff1d(np.arange(len(elements)), replicates.shown)
    pairs = [(elements[index], float(mean[index])) for index in hidden]
    yield from _rest(pairs, float(weight[hidden].sum()))


def _table(rows: Sequence[Row], others: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of the table of one spectrum; what is too little to be shown is named in the last."""
    known = any(row.lower == row.lower for row in rows)
    yield "          at%     wt%" + ("  90 % interval, at%" if known else "")
    for row in rows:
        interval = f"  {_percent(row.lower)} to {_percent(row.upper)}" if row.lower == row.lower else ""
        yield f"  {row.element:<3}{_percent(row.fraction, 8)}{_percent(row.weight_fraction, 8)}{interval}"
    yield from _rest([(row.element, row.fraction) for row in others], sum(row.weight_fraction for row in others))


def _rest(pairs: Sequence[tuple[str, float]], weight: float) -> Iterator[str]:
    """Yield the line of what is missing to 100 %, of elements and their fractions; nothing where it rounds to 0."""
    total = sum(share for _, share in pairs)
    if total >= PRINTED_ABOVE:
        order = sorted((pair for pair in pairs if pair[1] >= PRINTED_ABOVE / 10), key=lambda pair: -pair[1])
        names = shortened([f"{element} {_percent(share)}" for element, share in order], _NAMED)
        yield f"  rest{_percent(total, 7)}{_percent(weight, 8)}  too little to be shown{': ' if names else ''}{names}"


def _oxides(result: FileResult, method: str, index: int, rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of the table of oxides of the elements that are shown of one spectrum, if there is one."""
    composition = result.compositions[method]
    if "oxide" not in composition:
        return
    elements = composition["element"].values.tolist()
    yield "  oxide      wt%"
    for row in sorted(rows, key=lambda row: -row.oxide_weight_fraction):
        if row.oxide_weight_fraction > 0:
            yield f"  {row.oxide:<8}{_percent(row.oxide_weight_fraction, 6)}"
    measured = float(composition["fraction"].isel(sample=index).sel(element=OXYGEN)) if OXYGEN in elements else 0.0
    bound = float(composition["stoichiometric_oxygen"].values[index])
    yield f"  oxygen by stoichiometry {100 * bound:.1f} at%, measured {100 * measured:.1f} at%"


def _narrow_table(answer: NarrowAnswer, elements: list[str]) -> Iterator[str]:
    """Yield the lines of the table of one spectrum's narrow scans: elements, largest first, then scans not used."""
    order = answer.largest_first()
    if order:
        yield "  narrow scans"
        yield "          at%          90 % interval, at%"
    used = answer.used
    for row in order:
        part, lower, upper = (100 * values[row] for values in (answer.fraction, answer.lower, answer.upper))
        yield f"  {elements[row]:<3}{part:8.2f}  {used.get(elements[row], ''):<6}  {lower:.2f} to {upper:.2f}"
    unused: dict[str, list[str]] = {}
    for line in answer.lines:
        if line.unused:
            unused.setdefault(line.unused, []).append(line.scan.rsplit(" / ", 1)[-1])
    if unused:
        yield "  narrow scans not used: " + "; ".join(f"{', '.join(names)} ({why})" for why, names in unused.items())
    yield from (f"  {note}" for note in answer.notes)


def _judged(judgement: Judgement) -> Iterator[str]:
    """Yield verdict and the reasons that lead to it, one a line; nothing of a good answer."""
    if judgement.verdict is not Verdict.GOOD:
        yield f"  {judgement.verdict}:"
        yield from (f"    {reason.text}" for reason in judgement.decisive)


def _summary(result: FileResult, method: str, force: bool) -> Iterator[str]:
    """Yield the lines of the summary of a file with many spectra."""
    pixels, count = result.spectra.pixels(), len(result.spectra)
    kind = f"map of {_extent(pixels)} pixels" if pixels else f"{count} spectra"
    replicates = Replicates.of([result], method, force)
    yield f"{result.file}  [{kind}, {len(replicates.fraction)} of {count} quantified]"
    if len(replicates.fraction):
        yield from _quantiles(result, method, replicates, "pixels" if pixels else "spectra")
    yield from _verdicts(result.judgements(method))
    notes = Counter(str(note) for of_one in result.notes for note in beside_verdict(of_one))
    for text, times in notes.most_common(_NAMED):
        yield f"  {text}" if times == count else f"  {text}  (so in {times} of {count})"
    if len(notes) > _NAMED:
        yield f"  and {len(notes) - _NAMED} more notes, in files (--out)"


def _extent(pixels: "dict[str, tuple[str, np.ndarray]]") -> str:
    (_, rows), (_, columns) = pixels["y"], pixels["x"]
    return f"{np.ptp(columns) + 1} x {np.ptp(rows) + 1}"


def _quantiles(result: FileResult, method: str, replicates: Replicates, what: str) -> Iterator[str]:
    """Yield mean composition, percentiles over the spectra, and in how many of them each element is shown."""
    elements = [str(symbol) for symbol in result.compositions[method]["element"].values]
    often = replicates.often
    low, middle, high = np.percentile(replicates.fraction, [_LOW, 50.0, _HIGH], axis=0)
    yield f"     mean at%     wt%  {_LOW:.0f} %, half and {_HIGH:.0f} % of the {what} are below, at%   shown in"
    kept = (replicates.mean >= _OFTEN) | (often >= _OFTEN)
    for index in [index for index in np.argsort(-replicates.mean) if kept[index]]:
        figures = f"{_percent(replicates.mean[index], 8)}{_percent(replicates.weight_mean[index], 8)}"
        between = f"{_percent(low[index], 7)}{_percent(middle[index], 8)}{_percent(high[index], 8)}"
        yield f"  {elements[index]:<3}{figures}  {between}{100 * often[index]:27.1f} %"
    hidden = np.flatnonzero(~kept)
    pairs = [(elements[index], float(replicates.mean[index])) for index in hidden]
    yield from _rest(pairs, float(replicates.weight_mean[hidden].sum()))


def _verdicts(judgements: Sequence[Judgement]) -> Iterator[str]:
    """Yield how many spectra got each verdict, and the grounds that were most often against an answer."""
    counts = Counter(one.verdict for one in judgements)
    yield f"  verdicts: {', '.join(f'{counts[verdict]} {verdict}' for verdict in Verdict if counts[verdict])}"
    grounds = Counter(ground for one in judgements for ground in {reason.ground for reason in one.reasons})
    if grounds:
        named = ", ".join(f"{ground} ({times})" for ground, times in grounds.most_common(_NAMED))
        yield f"    most often: {named}"


def _percent(share: float, width: int = 0) -> str:
    """Return a fraction in per cent, with two decimals below 1 %."""
    return f"{100 * share:{width}.{2 if 0 < 100 * share < 0.995 else 1}f}"
