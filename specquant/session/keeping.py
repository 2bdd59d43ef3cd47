"""Answers that are kept as they are made, so that quantifying many files goes on where it was interrupted."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from specquant.journal import Journal, open_journal
from specquant.learning import NetworkQuantifier
from specquant.library import RenderedLibrary
from specquant.quantifiers import AXIS, LAYERS, Delegate, Estimate, Quantifier, values_of
from specquant.session.fileresults import FileResult
from specquant.session.session import Session
from specquant.spectra import Spectra
from specquant.technique import Floats

_BOUNDS = ("fraction", "lower", "upper")
_FURTHER = ("detection_limit", *LAYERS, *AXIS, "signs")
"""What is kept where a method gives it."""


@dataclass(frozen=True)
class Keeping:
    """Methods that know the answers that are kept, and where further ones are kept.

    Parameters
    ----------
    methods
        They only read what is kept, so that other processes may work with them.
    journal
        Written by this process alone.
    """

    methods: Mapping[str, Quantifier]
    journal: Journal

    def keep(self, result: FileResult) -> None:
        """Keep the answers to a file.

        Raises
        ------
        OutputError
            If they cannot be written.
        """
        digest = _digest(result.spectra)
        for name, composition in result.compositions.items():
            if f"{name} {digest}" not in self.journal:
                names = [*_BOUNDS, *(name for name in _FURTHER if name in composition)]
                arrays = {bound: np.ascontiguousarray(values_of(composition, bound), np.float64) for bound in names}
                signs = composition["sign"].values.tolist() if "signs" in composition else []
                remarks = composition["remark"].values.tolist() if "remark" in composition.coords else []
                self.journal.put(f"{name} {digest}", save(arrays), {"remarks": remarks, "signs": signs})


@contextmanager
def kept_answers(session: Session, methods: Mapping[str, Quantifier], path: Path) -> Iterator[Keeping]:
    """Give methods that take the answers that are kept beside a file until it is written, and keep further ones.

    Parameters
    ----------
    session
        The session that answers.
    methods
        Its methods by name.
    path
        The file that the answers are for.

    Raises
    ------
    OutputError
        If another process writes the file.
    SettingError, ReadError
        If answers of another method, model or library are kept there, or something else.
    """
    with open_journal(path, terms_of(session, methods)) as journal:
        yield Keeping({name: Kept(name, quantifier, journal) for name, quantifier in methods.items()}, journal)


def terms_of(session: Session, methods: Mapping[str, Quantifier]) -> dict[str, str]:
    """Return all that answers depend on beside the spectra, in words, by the option that says it."""
    models = (quantifier.explained for quantifier in methods.values())
    hashes = {model.card.sha256 for model in models if isinstance(model, NetworkQuantifier)}
    library = session.library
    return {
        "--technique": f"{session.technique.name}, {session.plugin.distribution} {session.plugin.version}",
        "version": f"specquant {version('specquant')}",
        "--method": ", ".join(methods),
        "--model": ", ".join(sorted(hashes)) or "none",
        "instrument network": "none" if session.finder is None else session.finder.card.sha256,
        "--same-instrument": "no" if session.pooled is None else session.pooled.identity,
        "--library": "rendered" if isinstance(library, RenderedLibrary) else library.identity,
        "--instrument": repr(session.technique.defaults()),
        "--sensitivity-error": f"{session.sensitivity_error:g}",
        "--linear": repr(session.technique.mixing is None),
        "--device": session.device,
    }


class Kept(Delegate):
    """A method that does not work out an answer that is kept.

    Parameters
    ----------
    key
        Name that the method stands under.
    quantifier
        The method.
    journal
        Where answers are kept.
    """

    def __init__(self, key: str, quantifier: Quantifier, journal: Journal) -> None:
        super().__init__(quantifier)
        self._key, self._journal = key, journal

    def answer(self, spectra: Spectra) -> Estimate:
        """Return the kept answer to the same spectra, or the method's."""
        kept = self._read(f"{self._key} {_digest(spectra)}", (len(spectra), len(self.technique.elements)))
        return self.quantifier.answer(spectra) if kept is None else kept

    def _read(self, key: str, shape: tuple[int, int]) -> Estimate | None:
        """Return the estimate of a key; None if there is none that can be used."""
        record = self._journal.get(key)
        if record is None:
            return None
        facts, content = record
        try:
            arrays = load(content)
        except (SafetensorError, ValueError):
            return None
        remarks, names = facts.get("remarks"), facts.get("signs")
        if not isinstance(remarks, list) or len(remarks) not in (0, shape[0]) or not isinstance(names, list):
            return None
        signs = list(map(str, names))
        shapes: dict[str, tuple[int, ...]] = dict.fromkeys((*_BOUNDS, *_FURTHER), shape)
        shapes |= {"signs": (shape[0], len(signs)), **dict.fromkeys(AXIS, shape[:1])}
        usable = set(_BOUNDS) <= set(arrays) <= set(shapes) and all(
            array.shape == shapes[name] and array.dtype == np.float64 for name, array in arrays.items()
        )
        if not usable or ("signs" in arrays) != bool(signs):
            return None
        columns = arrays["signs"].T if signs else ()
        return Estimate(
            arrays["fraction"],
            arrays["lower"],
            arrays["upper"],
            remarks=tuple(map(str, remarks)),
            limits=arrays.get("detection_limit"),
            signs=dict(zip(signs, columns, strict=True)),
            layers=_together(arrays, LAYERS),
            axis=_together(arrays, AXIS),
        )


def _together(arrays: Mapping[str, Floats], names: tuple[str, ...]) -> Floats | None:
    """Return some arrays as one, along a last dimension; None where they were not kept."""
    return np.stack([arrays[name] for name in names], axis=-1) if set(names) <= set(arrays) else None


def _digest(spectra: Spectra) -> str:
    """Return a hash of all that an answer to spectra can depend on."""
    digest = sha256(repr((spectra.counts.shape, spectra.names, spectra.facts)).encode("utf-8", "surrogateescape"))
    constraints = () if spectra.constraints is None else spectra.constraints.arrays
    for array in (spectra.counts, spectra.observed, spectra.stated, *constraints):
        digest.update(str(array.dtype).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
