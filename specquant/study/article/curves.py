"""The sweeps of a study as curves: mean and spread over seeds at each point."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from math import isfinite

from specquant.learning.networks import NETWORKS
from specquant.report.figures.curves import Curve
from specquant.study.article.benches import FreshBench
from specquant.study.article.plan import BAYES_RATIOS
from specquant.study.article.results import NoiseVerdict
from specquant.study.article.table import BAYES_TITLE
from specquant.study.figure import Figure
from specquant.study.trainings import Record

_HIGH, _LOW = 50.0, 3.8
"""Signal-to-noise ratios that the verdict compares: a good survey's, and the lowest of the preprint."""


def depth_curves(records: Sequence[Record], others: Sequence[Record], bench: FreshBench) -> tuple[Curve, ...]:
    """Return accuracy against hidden layers: of the CNN of every depth, and of the `others` beside it."""
    cnn = _curve("CNN of any depth", records, bench.key, lambda record: record.hidden_layers)
    titles = {record.training.network: NETWORKS[record.training.network].title for record in others}
    beside = [
        _curve(title, [x for x in others if x.training.network == word], bench.key, lambda record: record.hidden_layers)
        for word, title in titles.items()
    ]
    return (cnn, *beside, *_limits([point for curve in (cnn, *beside) for point in curve.x], bench))


def size_curves(records: Sequence[Record], bench: FreshBench) -> tuple[Curve, ...]:
    """Return accuracy against the number of spectra that the CNN has seen."""
    cnn = _curve("Vanilla CNN", records, bench.key, lambda record: record.training.spectra)
    return (cnn, *_limits(cnn.x, bench))


def noise_curves(networks: Mapping[str, Sequence[Record]], benches: Mapping[float, FreshBench]) -> tuple[Curve, ...]:
    """Return accuracy against the signal-to-noise ratio: of networks by their title, and of the limits."""
    ratios = tuple(benches)
    curves = []
    for title, records in networks.items():
        figures = [Figure.of([record.accuracy(bench.key) for record in records]) for bench in benches.values()]
        curves.append(Curve(title, ratios, tuple(x.mean for x in figures), tuple(x.spread for x in figures)))
    limits = [bench.limit for bench in benches.values()]
    oracle = Curve("Oracle", ratios, tuple(x.oracle for x in limits), limit=True)
    bound = Curve("Cram\u00e9r-Rao bound", ratios, tuple(x.bound for x in limits), limit=True)
    best = [(ratio, benches[ratio].bayes) for ratio in BAYES_RATIOS if isfinite(benches[ratio].bayes)]
    bayes = Curve(BAYES_TITLE, tuple(x for x, _ in best), tuple(y for _, y in best), limit=True)
    return (*curves, oracle, bound, *([bayes] if best else []))


def verdict_of(records: Sequence[Record], benches: Mapping[float, FreshBench]) -> NoiseVerdict:
    """Return the accuracy lost from a signal-to-noise ratio of 50 to one of 3.8: by networks, and by the limits."""
    high, low = benches[_HIGH], benches[_LOW]
    lost = Figure.of([record.accuracy(high.key) - record.accuracy(low.key) for record in records]).mean
    return NoiseVerdict(_HIGH, _LOW, lost, high.limit.oracle - low.limit.oracle, high.bayes - low.bayes)


def _curve(label: str, records: Sequence[Record], key: str, abscissa: Callable[[Record], int]) -> Curve:
    groups = [(x, list(group)) for x, group in groupby(sorted(records, key=abscissa), abscissa)]
    figures = [Figure.of([record.accuracy(key) for record in group]) for _, group in groups]
    return Curve(
        label,
        tuple(float(x) for x, _ in groups),
        tuple(figure.mean for figure in figures),
        tuple(figure.spread for figure in figures),
        joined=len(groups) > 1,
    )


def _limits(abscissae: Sequence[float], bench: FreshBench) -> tuple[Curve, ...]:
    """Return the oracle's accuracy over the width of a figure."""
    ends = (min(abscissae), max(abscissae))
    return (Curve("Oracle", ends, (bench.limit.oracle,) * 2, limit=True),)
