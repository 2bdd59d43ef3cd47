"""Verdicts and their grounds in the words of a laboratory: what is the matter, and what can be done about it."""

from collections.abc import Mapping

from specquant.verdict import Ground, Judgement, Verdict

VERDICTS: Mapping[Verdict, str] = {
    Verdict.GOOD: "Nothing speaks against this result.",
    Verdict.DOUBTFUL: "Use this result with care.",
    Verdict.NOT_QUANTIFIED: "This spectrum cannot be quantified.",
}
"""What a verdict means for whoever uses the result."""

GROUNDS: Mapping[Ground, str] = {
    Ground.CONTRADICTION: "File or spectrum say that it is of another kind than this analysis is for.",
    Ground.WARNED: "File or spectrum say that sample, instrument or axis are not as this analysis takes them.",
    Ground.FEATURELESS: "No peak stands out of the noise: was the sample in the beam, and the shutter open?",
    Ground.COUNTS: "There are few counts: a longer measurement would settle it.",
    Ground.FIT_FAILED: "No calculated spectrum could be fitted to the measured one.",
    Ground.UNTRAINED: "The instrument was set as the analysis was not prepared for.",
    Ground.MISFIT: "Part of the spectrum is not reproduced: the residual under it shows where. Another element, "
    "another kind of sample (a layer, a film, a rough surface) or a calibration that is off may be why.",
    Ground.STRANGE: "A strong peak is of no element that was found: another element, an artefact, another source, or "
    "an axis that is off may be why.",
    Ground.LINES: "Lines are stronger, weaker or elsewhere than they usually are: a layer on top, charging, or a line "
    "of another element underneath may be why.",
    Ground.DISAGREEMENT: "Two independent evaluations of the spectrum disagree.",
    Ground.BOUND: "The spectrum asks for an instrument far from what is stated: check energy calibration and settings.",
    Ground.OFFSET: "Where the energy axis lies is in doubt: state a line of known energy as charge reference.",
    Ground.UNLIKE: "The spectrum is unlike those that the analysis was prepared for.",
    Ground.HIDDEN: "Elements that were not found cannot be ruled out.",
    Ground.AXIS: "Part of the energy range was not measured: elements that may be in the sample have lines there.",
    Ground.OXYGEN: "Measured oxygen is not what the other elements bind in their usual oxides.",
}
"""What each ground means, for people who know instruments and samples rather than networks and fits."""


def explained(judgement: Judgement) -> list[tuple[str, list[str]]]:
    """Return the grounds of a judgement in those words, the gravest first, each with its reasons in figures."""
    grounds: dict[Ground, list[str]] = {}
    for reason in judgement.reasons:
        grounds.setdefault(reason.ground, []).append(reason.text)
    return [(GROUNDS[ground], texts) for ground, texts in grounds.items()]


def in_short(judgement: Judgement) -> list[str]:
    """Return the grounds of a judgement in a few words each, the gravest first: for tables of many spectra."""
    return [words.partition(":")[0].rstrip(".") for words, _ in explained(judgement)]
