"""The session of a series: its fits hold to the instrument that all spectra show together."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from specquant.errors import SpecquantError
from specquant.processes import ordered
from specquant.quantifiers import load_all
from specquant.session.equipment import HYBRID
from specquant.session.inputs import Input
from specquant.session.session import Session
from specquant.session.sharing import SharedInstrument, hybrid_for, instruments_in


def on_fitted_instrument(session: Session, inputs: Sequence[Input], jobs: int = 1) -> Session:
    """Return the session in which the fit of every spectrum holds to the instrument that those of all find.

    That is what belongs to the instrument, not to the sample (`Role.SAMPLE`). Inputs that cannot be used say nothing;
    `jobs` processes share them. Without a fit, or with one spectrum, the session stays as it is.
    """
    if HYBRID not in session.method_names:
        return session
    method = session.methods([HYBRID])[HYBRID]
    load_all([method])

    def found(given: Input) -> list[SharedInstrument]:
        with suppress(SpecquantError):
            spectra = session.read(given)
            fit = hybrid_for(method, session.technique, spectra)
            return [] if fit is None else instruments_in(fit, spectra)
        return []

    instruments = [one for some in ordered(found, inputs, min(jobs, len(inputs))) for one in some]
    return replace(session, shared=SharedInstrument.together(instruments)) if len(instruments) > 1 else session
