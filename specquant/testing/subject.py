"""What the kit checks: a plug-in, with what several checks need of it, made once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import xarray as xr

from specquant.discovery import Plugin, load_plugin
from specquant.library import PureLibrary, RenderedLibrary, pure_spectra
from specquant.spectra import Spectra
from specquant.synthesizer import BLOCK, synthesizer_of
from specquant.technique import Floats

COUNTS = 1e5
"""Counts in the strongest channel of noiseless spectra: a good measurement."""

SEED = 11
"""Of everything that is drawn; any would do."""


@dataclass(frozen=True)
class Sample:
    """A file that the plug-in's readers read, with what is known of its first spectrum.

    Parameters
    ----------
    path
        The file.
    points
        Number of channels of the file; None: not checked.
    first
        Its first energy, in the file's order; None: not checked.
    last
        Its last energy, in the file's order; None: not checked.
    total
        Sum of the counts; None: not checked.
    stated
        Instrument parameters that the file states; empty: not checked.
    spectra
        How many spectra the file holds; None: not checked.
    """

    path: Path
    points: int | None = None
    first: float | None = None
    last: float | None = None
    total: float | None = None
    stated: Mapping[str, float] = field(default_factory=dict)
    spectra: int | None = None


@dataclass(frozen=True)
class Subject:
    """A plug-in under examination.

    Parameters
    ----------
    plugin
        What `load_plugin` or `register` returns.
    samples
        Sample files of the technique, with what is known of them.
    """

    plugin: Plugin
    samples: tuple[Sample, ...] = ()
    _drawn: dict[tuple[str, int, int, str], xr.Dataset] = field(default_factory=dict, compare=False)

    @staticmethod
    def of(plugin: "Plugin | str", samples: "Sequence[Sample | str | Path]" = ()) -> "Subject":
        """Return a plug-in, given or by name, with sample files, of which nothing needs to be known.

        Parameters
        ----------
        plugin
            What `load_plugin` or `register` returns, or the name of an installed plug-in.
        samples
            Sample files, or records of them.

        Raises
        ------
        PluginError
            If a plug-in of that name cannot be loaded.
        """
        listed = [sample if isinstance(sample, Sample) else Sample(Path(sample)) for sample in samples]
        return Subject(load_plugin(plugin) if isinstance(plugin, str) else plugin, tuple(listed))

    @cached_property
    def library(self) -> PureLibrary:
        """The rendered library."""
        return RenderedLibrary(self.plugin.technique)

    @cached_property
    def columns(self) -> Floats:
        """Pure spectra on the axis, (element, energy)."""
        return pure_spectra(self.plugin.technique, self.library)

    @property
    def pure(self) -> Floats:
        """Noiseless counts of the pure elements, (element, energy)."""
        return np.asarray(COUNTS * self.columns / self.columns.max(axis=1, keepdims=True))

    def spectra(self, counts: Floats) -> Spectra:
        """Return (sample, energy) counts on the axis, every channel observed, every stated parameter at its default.

        Parameters
        ----------
        counts
            Counts (sample, energy).
        """
        stated = [parameter.default for parameter in self.plugin.technique.stated]
        return Spectra(counts, np.ones(counts.shape, dtype=bool), np.tile(np.array(stated), (len(counts), 1)))

    def drawn(self, recipe: str, count: int = BLOCK, seed: int = SEED, stream: str = "train") -> xr.Dataset:
        """Return fresh spectra of a recipe.

        Parameters
        ----------
        recipe
            Name of a recipe.
        count
            Number of spectra.
        seed
            Start of all random numbers.
        stream
            ``train``, ``validation`` or ``evaluation``.
        """
        key = recipe, count, seed, stream
        if key not in self._drawn:
            technique = self.plugin.technique
            maker = synthesizer_of(technique, self.library, technique.recipe(recipe), seed, stream=stream)
            self._drawn[key] = maker.spectra(0, count)
        return self._drawn[key]
