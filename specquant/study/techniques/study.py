"""The study across techniques, whole: trainings alone, trainings from each other, scores, report."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from specquant.files import make_folder
from specquant.locks import only_process
from specquant.progress import Watch
from specquant.session import Session
from specquant.study.techniques.files import FILES, write_comparison
from specquant.study.techniques.plan import Budget, Plan, recipe_of
from specquant.study.techniques.results import Comparison
from specquant.study.techniques.side import Part
from specquant.study.trainings import Training

__all__ = ["FILES", "techniques_study"]


def techniques_study(
    sessions: Sequence[Session],
    out: Path,
    watch: Watch,
    *,
    spectra: int,
    seeds: int,
    level: str = "article",
    data: Mapping[str, Path],
) -> Comparison:
    """Train the same network on several techniques and into each other, and leave the comparison in the folder `out`.

    Parameters
    ----------
    sessions
        One per technique, at least two.
    out
        Folder for the FILES; in a folder of its own per technique lie models, their records and ``fis.nc``. What an
        earlier call with the same settings has finished is not done again, and a training goes on from its checkpoint.
    watch
        Called at the beginning of every stage.
    spectra
        Spectra of the longest trainings.
    seeds
        How many seeds: 1, 2, ...
    level
        Name of the recipe; a technique that has none of that name takes its first.
    data
        Folders with labelled measured spectra, by name of the technique.

    Raises
    ------
    SpecquantError
        If measured spectra cannot be read, or the folder holds another study.
    """
    budget, numbers = Budget.of(spectra), tuple(range(1, seeds + 1))
    make_folder(out)
    with only_process(out):
        parts = []
        for session in sessions:
            name, plan = session.technique.name, Plan(budget, recipe_of(session.technique, level), numbers)
            make_folder(out / name)
            parts.append(Part(session, plan, out / name, data.get(name)))
        planned = _train(parts, watch)
        comparison = Comparison(
            sides=tuple(part.side(planned[part.name], watch) for part in parts),
            sizes=budget.sizes,
            seeds=numbers,
            samples=budget.samples,
            level=level,
            command=sessions[0].command,
        )
        write_comparison(comparison, out)
        return comparison


def _train(parts: Sequence[Part], watch: Watch) -> dict[str, dict[str, list[Training]]]:
    """Train everything, and return by technique and by title what accuracy is wanted of."""
    planned = {part.name: part.plan.alone() for part in parts}
    for part in parts:
        part.train({**planned[part.name], "tuned": list(part.plan.tuned().values())}, watch, "training")
    starts = {part.name: part.starts() for part in parts}
    for part in parts:
        for donor in [other.name for other in parts if other is not part]:
            transferred = part.plan.transferred(donor, starts[donor])
            part.train(transferred, watch, f"training from {donor}")
            planned[part.name] |= transferred
    return planned
