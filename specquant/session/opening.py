"""Opening a technique for work, by the names and paths that people give."""

import math
from collections.abc import Sequence
from dataclasses import replace
from inspect import signature
from numbers import Real
from pathlib import Path

from specquant.discovery import Plugin, load_plugin
from specquant.errors import SettingError
from specquant.instrument import Reference, load_instrument, parse_reference
from specquant.library import LibraryShelf, MeasuredLibrary, PureLibrary, RenderedLibrary, StoredLibrary
from specquant.readers import check_given, parse_given
from specquant.session.guessing import guess_technique
from specquant.session.inputs import Input, whole_count
from specquant.session.results import Result
from specquant.session.session import Session

_LARGEST_ERROR = 100.0
"""Per cent: an error of sensitivity factors at most; with more, no fraction is known."""


def open_session(
    technique: str,
    *,
    library: str | Path | None = None,
    instrument: str | Path | None = None,
    model: str | None = None,
    shift: float | None = None,
    reference: str | None = None,
    settings: Sequence[str] = (),
    linear: bool = False,
    device: str = "cpu",
    command: str = "",
    sensitivity_error: float = 0.0,
    threads: int | None = None,
    **stated: float,
) -> Session:
    """Return a technique, open for work. Importable as ``specquant.open``.

    Parameters
    ----------
    technique
        Its name, such as ``xps``.
    library
        netCDF file or folder of pure spectra to use in place of the rendered ones.
    instrument
        Instrument file that ``specquant calibrate`` wrote; its values become the defaults of the technique.
    model
        Shipped model by name, or a model file.
    shift
        Offset of the energy axis, eV, which is taken off; without it and `reference` the offset is looked for.
    reference
        A line and the energy where its maximum shall lie (``C1s=284.8``).
    settings
        Instrument parameters as texts like ``beam_energy=15000``; they win over the instrument file and over the files.
    stated
        Instrument parameters by name, in their units; they win as `settings` do.
    linear
        Use the article's linear mixing law even where the technique has its own.
    device
        Where torch computes.
    command
        The command as typed, for the record.
    sensitivity_error
        How far sensitivity factors may be off on this instrument, per cent, one standard deviation: intervals hold it.
    threads
        Threads of linear algebra; None: one, or what an environment variable such as ``OMP_NUM_THREADS`` says.

    Raises
    ------
    PluginError
        If the technique cannot be loaded.
    ReadError, SettingError
        If the instrument is of another technique, or a device, setting, shift, reference or number of threads cannot
        be used.
    """
    plugin = load_plugin(technique)
    _check_device(device)
    given: dict[str, float] = {}
    if instrument is not None:
        calibrated = load_instrument(Path(instrument), plugin.technique)
        given = calibrated.stated(plugin.technique)
        plugin = replace(plugin, technique=plugin.technique.with_defaults(calibrated.values))
    if linear:
        plugin = replace(plugin, technique=plugin.technique.with_linear_mixing())
    settings = [settings] if isinstance(settings, str) else settings
    given |= parse_given(settings, plugin.technique) | check_given(stated, plugin.technique)
    pure = _library(plugin, library)
    if instrument is not None and library is not None and not pure.has_bare_lines:
        raise SettingError(
            "measured spectra contain their instrument already",
            where=library,
            found=f"instrument file {instrument}",
            todo="Leave out --instrument, or --library.",
        )
    return Session(
        plugin=plugin,
        shelf=LibraryShelf(plugin.technique, pure),
        stated=given,
        shift=shift,
        reference=_reference(plugin, shift, reference),
        model=model,
        device=device,
        command=command,
        sensitivity_error=_error(sensitivity_error),
        threads=_threads(threads),
    )


def quantify(
    given: Input | Sequence[Input], technique: str | None = None, *, method: str | None = None, **options: object
) -> Result:
    """Return which elements are in spectra, and how much of each.

    A session is opened and asked once: ``specquant.quantify("a.msa", "eds", beam_energy=15000, elements="O,Si")``.
    Without a technique, it is that which files say they are of.

    Parameters
    ----------
    given
        A path, a pair of arrays (energy in eV, counts) of shape (channel,) each, an xarray object, or several
        of them.
    technique
        Its name, such as ``xps``; None: the one that the files say they are of.
    method
        Name of the method that answers; None: the best there is.
    options
        Further arguments of `Session.quantify`, such as ``elements="O,Si"``, and of `open_session`, such as
        ``beam_energy=15000`` (eV).

    Raises
    ------
    SpecquantError
        As they do; and if the technique is not named, and no file says it.
    """
    if technique is None:
        several = given if isinstance(given, list | tuple) else [given]
        technique = guess_technique([Path(path) for path in several if isinstance(path, str | Path)]).technique
    asked = {name: options.pop(name) for name in signature(Session.quantify).parameters if name in options}
    return open_session(technique, **options).quantify(given, method=method, **asked)  # type: ignore[arg-type]


def _reference(plugin: Plugin, shift: float | None, text: str | None) -> Reference | None:
    """Return the line that lies at a known energy, once shift and reference are known to go together."""
    if shift is not None and text is not None:
        raise SettingError("--shift and --reference exclude each other", where="the command", todo="Give one of them.")
    if shift is not None and not (isinstance(shift, Real) and math.isfinite(shift)):
        raise SettingError(
            "is not an offset", where=f"--shift {shift}", wanted=f"a finite number of {plugin.technique.axis.unit}"
        )
    return parse_reference(text, plugin.technique) if text else None


def _error(percent: float) -> float:
    """Return an error of sensitivity factors, per cent, once it is known to be one."""
    if not (isinstance(percent, Real) and 0.0 <= percent <= _LARGEST_ERROR):
        raise SettingError(
            "is not an error of sensitivity factors",
            where="--sensitivity-error",
            found=percent,
            wanted=f"0 to {_LARGEST_ERROR:g} %",
        )
    return percent


def _threads(count: int | None) -> int | None:
    """Return a number of threads, once it is known to be one."""
    return None if count is None else whole_count(count, "threads")


def _library(plugin: Plugin, path: str | Path | None) -> PureLibrary:
    """Return the library of a netCDF file or of a folder of pure spectra, or, without a path, the rendered one."""
    if path is None:
        return RenderedLibrary(plugin.technique)
    if Path(path).is_dir():
        return MeasuredLibrary(Path(path), plugin.technique, plugin.readers)
    return StoredLibrary(Path(path), plugin.technique)


def _check_device(device: str) -> None:
    """Refuse a device on which torch cannot compute here."""
    if device == "cpu":
        return
    import torch  # takes a second, which only other devices need

    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:  # what torch raises for a device that it lacks
        raise SettingError(
            "torch cannot compute there",
            where=f"device {device}",
            found=str(error).partition("\n")[0],
            todo="Take cpu, or install torch for that device.",
        ) from error
