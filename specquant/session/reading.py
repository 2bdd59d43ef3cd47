"""What people give a session, read: spectra of files and arrays, what those share, and what is known of elements."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Self

from specquant.constraints import Constraints
from specquant.elements import parse_elements
from specquant.errors import SettingError, SpecquantError
from specquant.evaluation import Labelled, read_labels
from specquant.fixedfractions import parse_fixed
from specquant.instrument import PooledFinder
from specquant.session.equipment import Equipment
from specquant.session.inputs import Input, ReadInput, name_of, read_input
from specquant.spectra import Spectra
from specquant.threads import few_threads


@dataclass(frozen=True)
class Reading(Equipment):
    """Equipment that reads what people give it; its fields are those of `specquant.session.Session`."""

    def of_same_instrument(self, inputs: Sequence[Input]) -> tuple[Self, Sequence[Input]]:
        """Return the session in which inputs are of one instrument, or of as many as their headers name detectors.

        What nobody stated of an instrument is what all of its spectra say. Inputs that cannot be used say nothing.
        With the session come the inputs: they are read, where their spectra were asked.

        Parameters
        ----------
        inputs
            Files, arrays or xarray objects.
        """
        if self.finder is None or self.technique.unstated_quantities is None:
            return self, inputs
        read = self.read_each(inputs)
        return self.sharing([one.outcome for one in read if not isinstance(one.outcome, SpecquantError)]), read

    def sharing(self, parts: Sequence[Spectra]) -> Self:
        """Return the session in which spectra are of one instrument, or of as many as their headers name detectors.

        Parameters
        ----------
        parts
            What nobody stated of an instrument is what all of these say.
        """
        finder, quantities = self.finder, self.technique.unstated_quantities
        if finder is None or quantities is None or not parts:
            return self
        return replace(self, pooled=PooledFinder.of(finder, parts, quantities.floor))

    def read_each(self, inputs: Sequence[Input]) -> list[ReadInput]:
        """Return inputs with their spectra, or why they cannot be used, so that they are read once for several uses.

        Parameters
        ----------
        inputs
            Files, arrays or xarray objects.
        """
        return [self._read(given) for given in inputs]

    def _read(self, given: Input) -> ReadInput:
        try:
            return ReadInput(*read_input(given, self.plugin, self.stated, self.axis_correction))
        except SpecquantError as error:
            return ReadInput(name_of(given), error)

    def with_series(self, inputs: Sequence[Input]) -> Self:
        """Return the session in which all spectra of the inputs share one axis offset: the median of theirs.

        What the user states of the axis is left. Inputs that cannot be used say nothing.

        Parameters
        ----------
        inputs
            Files, arrays or xarray objects.
        """
        if self.axis_correction is None or self.shift is not None or self.reference is not None:
            return self
        offsets: list[float] = []
        for given in inputs:
            with suppress(SpecquantError):
                offsets += [facts.axis_offset for facts in self.read(given).facts]
        return replace(self, shared_offset=median(offsets)) if offsets else self

    def read(self, given: Input) -> Spectra:
        """Return the spectra of a file, of arrays or of an xarray object, on the technique's axis.

        Parameters
        ----------
        given
            A path, a pair of arrays (energy in eV, counts) of shape (channel,) each, or an xarray object.

        Raises
        ------
        SpecquantError
            If it cannot be read, or holds no usable spectrum.
        """
        with few_threads(self.threads):
            return read_input(given, self.plugin, self.stated, self.axis_correction)[1]

    def labelled(self, folder: Path, classes: Sequence[str] = ()) -> list[Labelled]:
        """Return the labelled spectra of a folder with their axes corrected, see `read_labels`.

        Parameters
        ----------
        folder
            Folder with the spectra and ``labels.csv``.
        classes
            Classes of labels to read; none: all.

        Raises
        ------
        ReadError
            If the labels, or a spectrum that they name, cannot be read.
        """
        return read_labels(folder, self.technique, self.plugin.readers, classes, self.stated, self.axis_correction)

    def constraints(
        self,
        elements: str | Sequence[str] | None = None,
        exclude: str | Sequence[str] = (),
        require: str | Sequence[str] = (),
        fix: str | Sequence[str] = (),
    ) -> Constraints | None:
        """Return what is known of the elements of a sample, as of `quantify`; None: nothing.

        Parameters
        ----------
        elements
            The only elements there can be, as symbols or text (``O,Si,Fe``); None: all of the technique.
        exclude
            Elements that cannot be there.
        require
            Elements that are there, however weak their lines.
        fix
            Atomic fractions in per cent that are stated (``O=60``, ``O=60+-0.5``), or weight fractions
            (``Fe=12wt%``).

        Raises
        ------
        SettingError
            If an element is unknown, or what is known contradicts itself.
        """
        if elements is None and not any(map(_is_given, (exclude, require, fix))):
            return None
        symbols = self.technique.elements
        listed = None if elements is None else parse_elements(_text(elements), symbols)
        excluded = parse_elements(_text(exclude), symbols, "--exclude") if _is_given(exclude) else ()
        required = parse_elements(_text(require), symbols, "--require") if _is_given(require) else ()
        if not isinstance(fix, Sequence):
            wanted = "texts such as 'O=60'"
            raise SettingError("cannot be read as fixed fractions", where="--fix", found=repr(fix), wanted=wanted)
        fixed = parse_fixed([fix] if isinstance(fix, str) else fix, symbols)
        return Constraints.of(symbols, listed, excluded, required, fixed)


def _is_given(symbols: str | Sequence[str]) -> bool:
    """Say whether something is listed; an empty text is something, and refused."""
    return bool(symbols) or isinstance(symbols, str)


def _text(symbols: str | Sequence[str]) -> str:
    """Return symbols as one text."""
    return symbols if isinstance(symbols, str) else ",".join(map(str, symbols))
