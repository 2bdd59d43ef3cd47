"""What a verdict is, and how it travels with a COMPOSITION."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

import numpy as np
import xarray as xr

from specquant import contracts


class Verdict(StrEnum):
    """Whether an answer can be believed; the value is what is printed."""

    GOOD = "good"
    """Nothing speaks against it."""
    DOUBTFUL = "doubtful"
    """Something speaks against it: the reasons say what."""
    NOT_QUANTIFIED = contracts.NOT_QUANTIFIED
    """The spectrum is not of the kind that the technique quantifies, or says nothing: there is no answer."""


class Ground(StrEnum):
    """What kind of thing speaks against an answer; the value is its name in files."""

    CONTRADICTION = "not this technique"
    """A fact of file or spectrum says that the technique's model does not hold."""
    WARNED = "warning"
    """A fact of file or spectrum says that something is not as the technique's model has it."""
    FEATURELESS = "no peak"
    """Nothing stands out of the noise."""
    COUNTS = "few counts"
    """Fewer counts than most good answers had."""
    FIT_FAILED = "no fit"
    """The physics could not be fitted to the spectrum."""
    UNTRAINED = "untrained"
    """A stated instrument parameter lies outside the training of the network."""
    MISFIT = "misfit"
    """The physics explains the spectrum worse than fresh spectra, overall or in a part of the axis."""
    STRANGE = "strange peak"
    """A peak is of no element that was found."""
    LINES = "line strengths"
    """Lines are stronger, weaker or elsewhere than they should be."""
    DISAGREEMENT = "disagreement"
    """Network and method differ."""
    BOUND = "at bound"
    """A parameter of the fit lies at the end of its range, or far from what is stated."""
    UNLIKE = "unlike training"
    """The network's features are far from those of its training spectra, or its intervals wide."""
    HIDDEN = "hidden elements"
    """Elements cannot be ruled out."""
    AXIS = "short axis"
    """Elements that may be in the sample have their lines where nothing was measured."""
    OFFSET = "axis offset"
    """Network and fit differ about where the axis lies."""
    OXYGEN = "oxygen"
    """Measured oxygen is not what the other elements bind."""


@dataclass(frozen=True)
class Reason:
    """One thing that speaks against an answer, in words, and how far it goes by itself."""

    ground: Ground
    text: str
    verdict: Verdict = Verdict.DOUBTFUL


@dataclass(frozen=True)
class Judgement:
    """A verdict with its reasons, the gravest first; good where there are none."""

    reasons: tuple[Reason, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The gravest verdict of the reasons."""
        order = list(Verdict)
        return max((reason.verdict for reason in self.reasons), key=order.index, default=Verdict.GOOD)

    @property
    def is_answer(self) -> bool:
        """Whether there is an answer."""
        return self.verdict is not Verdict.NOT_QUANTIFIED

    @property
    def decisive(self) -> tuple[Reason, ...]:
        """The reasons that lead to the verdict."""
        return tuple(reason for reason in self.reasons if reason.verdict is self.verdict)

    @property
    def texts(self) -> tuple[str, ...]:
        """The reasons in words."""
        return tuple(reason.text for reason in self.reasons)

    @property
    def text(self) -> str:
        """The reasons in one line."""
        return "; ".join(self.texts)

    def with_reason(self, reason: Reason) -> "Judgement":
        """Return the judgement with one more reason."""
        return Judgement.of((*self.reasons, reason))

    @staticmethod
    def of(reasons: Sequence[Reason]) -> "Judgement":
        """Return the judgement of reasons, put in order."""
        order = list(Verdict)
        return Judgement(tuple(sorted(reasons, key=lambda reason: -order.index(reason.verdict))))


def with_judgements(composition: xr.Dataset, judgements: Sequence[Judgement]) -> xr.Dataset:
    """Return a COMPOSITION with the verdict on every sample and its reasons, as JSON."""
    reasons = [json.dumps([asdict(reason) for reason in one.reasons]) for one in judgements]
    columns = {"verdict": _texts([one.verdict.value for one in judgements]), "reasons": _texts(reasons)}
    variables = {name: composition.variables[name] for name in composition.data_vars}
    return xr.Dataset(variables | columns, composition.coords, composition.attrs)  # `assign` takes twice as long


def _texts(column: list[str]) -> xr.Variable:
    """Return texts of samples as a variable; nothing looks through them for dates first, which takes longest."""
    return xr.Variable("sample", np.array(column, dtype=object), fastpath=True)


def judgements_of(composition: xr.Dataset) -> tuple[Judgement, ...]:
    """Return the judgements that travel with a COMPOSITION; good ones where none do."""
    if "reasons" not in composition:
        return (Judgement(),) * composition.sizes["sample"]
    return tuple(
        Judgement(
            tuple(Reason(Ground(one["ground"]), one["text"], Verdict(one["verdict"])) for one in json.loads(str(text)))
        )
        for text in composition.variables["reasons"].values
    )
