"""What the networks of a study are scored on."""

from abc import ABC, abstractmethod
from hashlib import sha256
from pathlib import Path

from specquant.errors import ReadError
from specquant.evaluation import by_class, evaluate_labelled
from specquant.files import followed
from specquant.quantifiers import Quantifier
from specquant.session import Session

MEASURED = "measured"
"""Name of the score on measured spectra."""


class Bench(ABC):
    """Spectra of known composition. Equal keys, equal spectra."""

    key: str

    @abstractmethod
    def scores(self, quantifier: Quantifier) -> dict[str, float]:
        """Return accuracies of a method by their names, the accuracy on all that counts first."""


class MeasuredBench(Bench):
    """The labelled measured spectra of a folder, over the elements that the technique compares.

    Scores are the mean over the reliability classes that count (``headline``), or over all, replicates of a sample
    counted once; the same with every material counted once; and the mean of every class.

    Raises
    ------
    SpecquantError
        If they cannot be read, or none can be compared.
    """

    def __init__(self, session: Session, folder: Path) -> None:
        self._labelled = session.labelled(folder)
        if not self._labelled:
            raise ReadError("no spectrum has a label that can be compared", where=folder / "labels.csv")
        digest = sha256((folder / "labels.csv").read_bytes()).hexdigest()[:8]
        self.key = f"{len(self._labelled)} measured spectra of {followed(folder)} (labels {digest})"

    def scores(self, quantifier: Quantifier) -> dict[str, float]:
        """Return the accuracies on them."""
        classes = by_class(evaluate_labelled({quantifier.name: quantifier}, self._labelled))
        headline = next(iter(classes))
        by_name = {f"class {name}": summary.accuracy for name, summary in classes.items() if name != headline}
        first = classes[headline]
        return {MEASURED: first.accuracy, f"{MEASURED}, by material": first.accuracy_by_material} | by_name
