"""What is known of one training, as JSON beside its model file."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

from specquant.errors import ReadError, SettingError
from specquant.report import write_json
from specquant.study.article.plan import Run


@dataclass(frozen=True)
class Record:
    """One finished training.

    Parameters
    ----------
    run, technique, library
        What was trained, for what, on spectra made from which library.
    validation_accuracy
        On the validation stream of its own recipe.
    seconds
        How long training took, in one go.
    parameters, multiply_adds, hidden_layers
        Of the network; multiply-adds are those of one spectrum.
    scores
        Accuracy by bench, see `benches`.
    """

    run: Run
    technique: str
    library: str
    validation_accuracy: float
    seconds: float
    parameters: int
    multiply_adds: int
    hidden_layers: int
    scores: Mapping[str, float] = field(default_factory=dict)
    specquant_version: str = version("specquant")

    def save(self, folder: Path) -> None:
        """Write it as ``NAME.json``."""
        write_json(asdict(self), folder / f"{self.run.name}.json")


def load_record(folder: Path, run: Run, technique: str, library: str) -> Record | None:
    """Return the record of a run, or None if it is not finished.

    Raises
    ------
    ReadError
        If the record is damaged.
    SettingError
        If it belongs to another technique, library or version of specquant.
    """
    path = folder / f"{run.name}.json"
    if not (path.is_file() and path.with_suffix(".safetensors").is_file()):
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        found = Record(**content | {"run": Run(**content["run"])})
    except (OSError, UnicodeDecodeError, ValueError, TypeError, KeyError) as error:
        raise ReadError("damaged record of a training", where=path, found=error, todo="Delete it.") from error
    wanted = (run, technique, library, version("specquant"))
    if (found.run, found.technique, found.library, found.specquant_version) != wanted:
        raise SettingError(
            "the folder holds the trainings of another study",
            where=path,
            found=f"technique {found.technique}, specquant {found.specquant_version}",
            wanted=f"technique {technique}, specquant {version('specquant')}",
            todo="Choose another folder with --out, or delete this one.",
        )
    return found
