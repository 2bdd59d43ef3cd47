"""Methods answer spectra of every declared shift; done parts are kept, so that an interrupted study goes on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from specquant.discovery import list_techniques
from specquant.errors import PluginError, SettingError
from specquant.files import make_folder
from specquant.journal import Journal, open_journal
from specquant.progress import Report
from specquant.quantifiers import Quantifier
from specquant.recipes import Recipe
from specquant.session import Session, open_session
from specquant.spectra import Spectra
from specquant.study.budgets import budget_of
from specquant.study.trust.files import FILES, write_trust
from specquant.study.trust.tallies import ARRAYS, Tally, TrustResults, tally
from specquant.technique import Floats
from specquant.verdict import Alteration, alterations, altered, foreign

WRONG = "wrong_technique"
"""Name of the shift to spectra of another technique."""

BUDGETS = {"quick": 16, "full": 256}
"""Spectra per shift and method, by word."""

_STREAM = "evaluation"
"""Stream of the spectra: no model has learnt from it."""

_TOGETHER = 16
"""Spectra that a method answers at a time, and that are lost at most when a study is interrupted: chosen."""


@dataclass(frozen=True)
class Plan:
    """What a study draws: `samples` of every shift from `seed`; `only` these shifts, or all where there are none."""

    samples: int
    seed: int = 1
    only: tuple[str, ...] = ()


def parse_budget(text: str) -> int:
    """Return the spectra per shift of a word, or of a number.

    Raises
    ------
    SettingError
        If it is neither.
    """
    return budget_of(text, BUDGETS, int, 1)


def shifts_of(session: Session, recipe: Recipe, only: Sequence[str] = ()) -> dict[str, str]:
    """Return the names of the shifts with their titles, those that are asked for.

    Raises
    ------
    SettingError
        If a name is unknown.
    """
    listed = {name: each.shift.title for name, each in alterations(session.technique, recipe).items()}
    if _other_technique(session):
        listed[WRONG] = "spectra of another technique, channel by channel"
    strange = [name for name in only if name not in listed]
    if strange:
        raise SettingError("no such shift", where="--only", found=strange[0], wanted=f"one of {', '.join(listed)}")
    return {name: title for name, title in listed.items() if not only or name in only}


def run_trust(
    session: Session, methods: Mapping[str, Quantifier], recipe: Recipe, plan: Plan, out: Path, report: Report
) -> TrustResults:
    """Let methods answer the spectra of every shift, and return and write what their answers and verdicts are worth.

    Raises
    ------
    SettingError
        If a shift is unknown, or the folder holds a study of other spectra or methods.
    """
    titles = shifts_of(session, recipe, plan.only)
    make_folder(out)
    terms = {
        "--technique": session.technique.name,
        "--model": session.network.card.sha256,
        "--recipe": recipe.fingerprint,
        "--budget": str(plan.samples),
        "--seed": str(plan.seed),
        "--sensitivity-error": f"{session.sensitivity_error:g}",
    }
    tallies = []
    with open_journal(out / FILES[-1], terms) as journal:
        for number, (name, title) in enumerate(titles.items()):
            spectra, truth = _drawn(session, recipe, name, plan)
            for order, (word, method) in enumerate(methods.items()):
                before = (number * len(methods) + order) * plan.samples
                parts = []
                for first in range(0, plan.samples, _TOGETHER):
                    rows = slice(first, first + _TOGETHER)
                    part = _part(session, word, method, (name, title), spectra.take(rows), truth[rows], journal, first)
                    parts.append(part)
                    report(before + first + len(part.accuracy), f"{name}, {word}")
                tallies.append(Tally.joined(parts))
        results = TrustResults(
            session.technique.name,
            session.technique.title,
            session.network.card.title,
            plan.samples,
            session.command,
            tuple(tallies),
        )
        write_trust(results, out)
    return results


def _part(
    session: Session,
    word: str,
    method: Quantifier,
    shift: tuple[str, str],
    spectra: Spectra,
    truth: Floats,
    journal: Journal,
    first: int,
) -> Tally:
    """Return the tally of some spectra, from the journal if it is there."""
    name, title = shift
    key = f"{name} {word} {first}"
    kept = _unpacked(journal.get(key), len(truth))
    if kept is None:
        composition = session.judged(word, method.quantify(spectra), spectra)
        one = tally(name, title, word, truth, composition)
        kept = {array: np.ascontiguousarray(getattr(one, array)) for array in ARRAYS}
        journal.put(key, save(kept))
    return Tally(name, title, word, *(kept[array] for array in ARRAYS))


def _unpacked(record: tuple[Mapping[str, object], bytes] | None, count: int) -> dict[str, np.ndarray] | None:
    """Return the arrays of a record if they are those of a tally."""
    if record is None:
        return None
    try:
        arrays: dict[str, np.ndarray] = load(record[1])
    except (SafetensorError, ValueError):
        return None
    return arrays if set(arrays) == set(ARRAYS) and all(a.shape == (count,) for a in arrays.values()) else None


def _drawn(session: Session, recipe: Recipe, name: str, plan: Plan) -> tuple[Spectra, Floats]:
    """Return the spectra of a shift and their truth."""
    if name == WRONG:
        usual = session.synthesizer(recipe, plan.seed, _STREAM).batch(0, plan.samples)
        other = _other_technique(session)
        assert other is not None
        drawn = other.synthesizer(other.recipe(other.network.card.recipe), plan.seed, _STREAM).batch(0, plan.samples)
        nothing = np.zeros(tuple(usual.fraction.shape))
        return foreign(drawn.spectra(), usual.spectra()), nothing
    alteration: Alteration = alterations(session.technique, recipe)[name]
    synthesizer = session.synthesizer(alteration.shift.recipe, plan.seed, _STREAM)
    return altered(alteration, session.technique, synthesizer, plan.samples, plan.seed)


def _other_technique(session: Session) -> Session | None:
    """Return a session of the first other technique that is installed and has a model; None if there is none."""
    for installed in list_techniques():
        if installed.name == session.technique.name or installed.rivals:
            continue
        try:
            other = open_session(installed.name)
        except PluginError:
            continue
        if other.technique.models:
            return other
    return None
