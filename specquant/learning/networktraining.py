"""Training a network of composition, and scoring it."""

from dataclasses import asdict, replace

from specquant.learning.interval import IntervalTable
from specquant.learning.network import NetworkQuantifier
from specquant.learning.networks import NETWORKS, Architecture, build
from specquant.learning.plan import TrainingPlan
from specquant.learning.running import USUAL_RUN, TrainingRun
from specquant.learning.settling import SETTLING_BLOCKS, settle
from specquant.learning.start import Start, freeze
from specquant.learning.training import evaluate, mean_accuracy, train
from specquant.learning.trainingset import TrainingSet, card_of
from specquant.technique import Technique


def train_network(
    technique: Technique,
    training_set: TrainingSet,
    plan: TrainingPlan,
    *,
    architecture: Architecture = NETWORKS["cnn"],
    start: Start | None = None,
    frozen: int = 0,
    settled: bool = False,
    run: TrainingRun = USUAL_RUN,
) -> NetworkQuantifier:
    """Train a network, score it on spectra it has not seen, and calibrate its intervals on them.

    It begins with the weights of `start`, of any technique, or else with random ones; the first `frozen` hidden layers
    keep what they begin with. If it is to be `settled`, the averages of its batch norms are measured once it is
    trained, on the last blocks that it saw (`specquant.learning.settling`). The origin on the card says all of this.
    Training goes on from the checkpoint of the `run` if there is one.

    Raises
    ------
    ModelError
        If the layers of `start` do not fit, the checkpoint is damaged, or training fails.
    SettingError
        If there are fewer layers to freeze, or the checkpoint is of another training.
    """
    shape = architecture.shape(technique)
    network = build(architecture.network, shape, plan.seed)
    if start is not None:
        start.give(network, technique)
    freeze(network, frozen)
    training_set = replace(training_set, terms={**training_set.terms, **_changes(start, frozen, settled)})
    network = network.to(run.device)
    train(network, training_set.block, plan, run.checkpoint, run.progress, terms=training_set.terms, ranks=run.ranks)
    if settled:
        settle(network, map(training_set.block, range(max(plan.steps - SETTLING_BLOCKS, 0), plan.steps)))
    predicted, truth = evaluate(network, training_set.validation())
    card = card_of(
        technique,
        training_set,
        plan,
        run.command,
        network=architecture.network.__name__,
        validation_accuracy=mean_accuracy(predicted, truth),
        settings=asdict(shape),
        stated=tuple(parameter.name for parameter in technique.stated),
    )
    return NetworkQuantifier(technique, network, replace(card, interval=IntervalTable.of(predicted, truth)))


def _changes(start: Start | None, frozen: int, settled: bool) -> dict[str, str]:
    """Return what a training begins with, keeps and ends with, by the option that says it; nothing for the usual."""
    return {
        **({} if start is None else {"--start": f"started from {start.title}"}),
        **({"--freeze": f"{frozen} frozen layers"} if frozen else {}),
        **({"end": "averages of batch norm measured at the end"} if settled else {}),
    }
