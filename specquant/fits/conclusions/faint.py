"""Error bars where the peaks of a spectrum say little, so that a fit goes by the background.

How much of a background is of which element hangs on all that a model knows of backgrounds. Standard errors hold what
is free of that in the fit, not which other elements explain the background as well, so that intervals by them are too
narrow (docs/decisions/0059-faint-peaks.md).
"""

from dataclasses import replace

import numpy as np

from specquant.fits.conclusions.outcome import Outcome
from specquant.fits.presence.beforehand import Beforehand
from specquant.fits.presence.evidence import CLEAR, evidence
from specquant.notes import joined

_REMARK = "peaks say little of what there is, so that intervals are wider than by the errors of the fit"


def widened_if_faint(outcome: Outcome, beforehand: Beforehand) -> Outcome:
    """Return the outcome of a fit with wider intervals, and a remark on them, if peaks say little.

    By how much they are wider is `FitDecisions.faint`. Fractions that are fixed keep their intervals.
    """
    fit = outcome.fit
    if fit is None or fit.model.decisions.faint == 1.0 or evidence(fit).together >= CLEAR:
        return outcome
    stated = beforehand.fixed.elements if beforehand.fixed is not None else ()
    wider = np.where(np.isin(outcome.chosen, stated), 1.0, fit.model.decisions.faint)
    return replace(outcome, within=wider * outcome.within, remark=joined(outcome.remark, _REMARK))
