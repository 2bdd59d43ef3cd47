"""The training stage: a model file, with its checkpoint beside it until it is done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from specquant.errors import ModelError
from specquant.files import CHECKPOINT, check_outputs, check_plain, make_folder
from specquant.instrument import (
    OffsetFinder,
    QuantityFinder,
    for_offsets,
    train_offset_finder,
    train_quantity_finder,
)
from specquant.learning import (
    ALONE,
    NetworkQuantifier,
    Progress,
    Ranks,
    Start,
    TrainingPlan,
    TrainingRun,
    TrainingSet,
    train_network,
)
from specquant.learning.networks import NETWORKS, Architecture
from specquant.learning.trainingset import VALIDATION_BLOCKS
from specquant.locks import only_process
from specquant.recipes.recipe import Recipe
from specquant.session import Session
from specquant.synthesizer import BLOCK


def train_model(
    session: Session,
    learn_from: Recipe | Path | TrainingSet,
    plan: TrainingPlan,
    out: Path,
    *,
    architecture: Architecture = NETWORKS["cnn"],
    start: Start | None = None,
    frozen: int = 0,
    settled: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
    ranks: Ranks = ALONE,
) -> NetworkQuantifier:
    """Train a network and write it to `out`, with a ``.checkpoint`` beside it until training is done.

    Where it begins, what it keeps and whether it is `settled` is as of `train_network`. It learns from fresh spectra of
    a recipe, or from a file with a fixed set of spectra, split 8:2, or from a set as it is. The library is not built
    where it is not needed. Of several processes, `ranks`, the first writes.
    """
    with _run(session, out, progress, ranks) as run:
        model = train_network(
            session.technique,
            _training_set(session, learn_from, plan),
            plan,
            architecture=architecture,
            start=start,
            frozen=frozen,
            settled=settled,
            run=run,
        )
        if ranks.is_first:
            model.save(out)
    return model


def train_offset_model(
    session: Session,
    recipe: Recipe,
    plan: TrainingPlan,
    out: Path,
    progress: Callable[[Progress], None] = lambda _: None,
    ranks: Ranks = ALONE,
) -> OffsetFinder:
    """Train the network that finds the offset of an axis, and write it to `out`; parameters as of `train_model`.

    Raises
    ------
    SettingError
        If the recipe draws no offsets.
    """
    with _run(session, out, progress, ranks) as run:
        shifted = for_offsets(recipe)
        finder = train_offset_finder(
            session.technique,
            shifted,
            _training_set(session, shifted, plan),
            plan,
            run,
        )
        if ranks.is_first:
            finder.save(out)
    return finder


def train_quantity_model(
    session: Session,
    recipe: Recipe,
    plan: TrainingPlan,
    out: Path,
    progress: Callable[[Progress], None] = lambda _: None,
    ranks: Ranks = ALONE,
) -> QuantityFinder:
    """Train the network that finds what nobody stated of an instrument, and write it; parameters as of `train_model`.

    Raises
    ------
    SettingError
        If the technique names no quantities to find.
    """
    with _run(session, out, progress, ranks) as run:
        finder = train_quantity_finder(
            session.technique,
            _training_set(session, recipe, plan),
            plan,
            run,
        )
        if ranks.is_first:
            finder.save(out)
    return finder


@contextmanager
def _run(session: Session, out: Path, progress: Callable[[Progress], None], ranks: Ranks) -> Iterator[TrainingRun]:
    """Give how the training of a model file is run; its checkpoint goes once the model is written.

    It is for this process alone; of several processes that train together the first has it.

    Raises
    ------
    OutputError
        If model or checkpoint cannot be written there, or another process writes them.
    """
    check_outputs([out])
    make_folder(out.parent)
    checkpoint = out.with_suffix(CHECKPOINT)
    check_plain(checkpoint)
    run = TrainingRun(session.device, checkpoint, progress, session.command, ranks)
    if not ranks.is_first:
        yield run
        return
    with only_process(checkpoint):
        yield run
        checkpoint.unlink(missing_ok=True)


def finished_model(session: Session, recipe: Recipe, plan: TrainingPlan, path: Path) -> NetworkQuantifier | None:
    """Return the model of a file if it is what training by these settings would give, else None."""
    try:
        model = NetworkQuantifier.load(path, session.technique, session.device)
    except ModelError:
        return None
    wanted = _training_set(session, recipe, plan).origin, plan.steps * BLOCK, plan.seed
    return model if (model.card.origin, model.card.spectra, model.card.seed) == wanted else None


def _training_set(session: Session, learn_from: Recipe | Path | TrainingSet, plan: TrainingPlan) -> TrainingSet:
    if isinstance(learn_from, TrainingSet):
        return learn_from
    if isinstance(learn_from, Path):
        return TrainingSet.of_file(learn_from, session.technique, plan.seed, session.device)
    return fresh_spectra(session, learn_from, plan.seed)


def fresh_spectra(
    session: Session, recipe: Recipe, seed: int, validation_blocks: int = VALIDATION_BLOCKS
) -> TrainingSet:
    """Return the spectra of a recipe and seed that a network learns from, made by a session's library.

    Parameters
    ----------
    session
        Technique, library and device.
    recipe
        Recipe of the spectra.
    seed
        Seed of everything that is drawn.
    validation_blocks
        Blocks of fresh spectra that the network is scored on.
    """
    return TrainingSet.of_recipe(session.technique, session.library, recipe, seed, session.device, validation_blocks)
