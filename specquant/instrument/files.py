"""Instrument files: what a calibration says about one instrument, as JSON that people can read."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from specquant.errors import ReadError, SettingError
from specquant.filekinds import in_place_of_file
from specquant.files import atomic_path
from specquant.technique import Technique
from specquant.typed import Name, Number, Text, fitted, read_json

FORMAT = 2
"""Version of the files: another one is refused, not half read. 2: what was called `source` is `calibrated_with`."""

_FORMAT_KEY = "specquant_instrument"
"""Key of the version in the files, which tells them from other JSON."""


@dataclass(frozen=True)
class Instrument:
    """One instrument of a technique.

    Parameters
    ----------
    technique
        Name of the technique.
    kind
        Which of the technique's kinds of instrument it is.
    values
        Instrument parameters by name, in their units.
    errors
        Their standard errors, in the same units; none of those that are not known.
    misfit
        Root mean square of the weighted residuals of the calibration.
    calibrated_with
        Names of the files with the spectra it was calibrated with.
    command
        What was typed.
    """

    technique: Name
    kind: Name
    values: Mapping[Name, Number]
    errors: Mapping[Name, Number] = field(default_factory=dict)
    misfit: float = math.nan
    calibrated_with: tuple[Text, ...] = ()
    command: Text = ""

    def stated(self, technique: Technique) -> dict[str, float]:
        """Return those values that are stated for each spectrum."""
        names = {parameter.name for parameter in technique.stated}
        return {name: value for name, value in self.values.items() if name in names}


def save_instrument(instrument: Instrument, path: Path) -> Path:
    """Write an instrument file and return its path."""
    with atomic_path(path) as partial:
        content = {_FORMAT_KEY: FORMAT, **asdict(instrument)}
        content |= {} if math.isfinite(instrument.misfit) else {"misfit": None}
        partial.write_text(json.dumps(content, indent=1, allow_nan=False), encoding="utf-8")
    return path


def load_instrument(path: Path, technique: Technique) -> Instrument:
    """Read an instrument file.

    Raises
    ------
    ReadError
        If it is missing, no instrument file, or of another version.
    SettingError
        If it belongs to another technique, or a value is out of its range.
    """
    todo = "Make one with specquant calibrate."
    if not path.is_file():
        raise ReadError("no such instrument file", where=path, found=in_place_of_file(path), todo=todo)
    content = read_json(path, dict[str, Any], "is not an instrument file", todo)
    version = content.pop(_FORMAT_KEY, None)
    if version is not None and version != FORMAT:
        raise ReadError(
            "is an instrument file of another version of specquant",
            where=path,
            found=f"format {str(version)[:20]}",
            wanted=f"format {FORMAT}",
            todo="Make it again with specquant calibrate.",
        )
    try:
        if version is None:
            raise ValueError(f"JSON without the entry {_FORMAT_KEY}")
        instrument = _instrument(content)
    except ValueError as error:
        raise ReadError("is not an instrument file", where=path, found=error, todo=todo) from error
    if instrument.technique != technique.name:
        raise SettingError(
            "instrument of another technique", where=path, found=instrument.technique, wanted=technique.name
        )
    _check_values(instrument.values, technique, path)
    return instrument


def _instrument(content: Mapping[str, Any]) -> Instrument:
    """Return the instrument of a file's content; ValueError if it is none."""
    known = {name: value for name, value in content.items() if (name, value) != ("misfit", None)}
    return fitted(known, Instrument, strict=False)  # people write in these files


def _check_values(values: Mapping[str, float], technique: Technique, path: Path) -> None:
    known = {parameter.name: parameter for parameter in technique.parameters}
    for name, value in values.items():
        if name not in known or not known[name].holds(value):
            wanted = known[name].span if name in known else f"one of {', '.join(known)}"
            raise SettingError(
                "instrument file holds no usable value", where=path, found=f"{name} {value}", wanted=wanted
            )
