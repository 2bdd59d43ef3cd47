"""What is kept of one trained network of a study, beside its model file, so that it need not be made again."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from specquant.learning.modelfile import ModelCard
from specquant.report import write_json


@dataclass(frozen=True)
class Run:
    """One network of a study and how good it is.

    Parameters
    ----------
    name, seed
        Which variant, and the seed of its weights and spectra.
    spectra, source
        How many spectra it learned from, and what they were made from, as on its model card.
    scored
        What it was scored on, in words.
    accuracy
        Accuracy by what it was scored on, e.g. ``synthetic``.
    """

    name: str
    seed: int
    spectra: int
    source: str
    scored: str
    accuracy: Mapping[str, float]

    def is_of(self, card: ModelCard, scored: str) -> bool:
        """Return whether this is the record of the model with that card, scored on that."""
        return (self.source, self.spectra, self.seed, self.scored) == (card.source, card.spectra, card.seed, scored)


def save_run(run: Run, path: Path) -> Path:
    """Write the record of a run as JSON."""
    return write_json(asdict(run), path)


def load_run(path: Path) -> Run | None:
    """Return the record of a file, or None where there is none, or a damaged one."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        accuracy = {str(key): float(value) for key, value in content.pop("accuracy").items()}
        return Run(**content, accuracy=accuracy)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
