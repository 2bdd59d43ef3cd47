"""Answers that are kept as they are made, so that quantifying many files goes on where it was interrupted."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from specquant.journal import Journal, open_journal
from specquant.learning import NetworkQuantifier
from specquant.library import RenderedLibrary
from specquant.quantifiers import Estimate, Quantifier
from specquant.session.session import Session
from specquant.spectra import Spectra

_BOUNDS = ("fraction", "lower", "upper")
"""Arrays that every estimate holds; log odds come on top where they are known."""

_ODDS = "log_odds"


@contextmanager
def kept_answers(
    session: Session, methods: Mapping[str, Quantifier], path: Path, jobs: int = 1
) -> Iterator[dict[str, Quantifier]]:
    """Give methods that keep their answers beside a file until it is written, and take what is kept from there.

    Parameters
    ----------
    session, methods
        What answers.
    path
        The file that the answers are for.
    jobs
        How many processes answer: several begin the journal before they are forked, to append to the same one.

    Raises
    ------
    OutputError
        If another process writes the file.
    SettingError, ReadError
        If answers of another method, model or library are kept there, or something else.
    """
    with open_journal(path, terms_of(session, methods)) as journal:
        if jobs > 1:
            journal.begin()
        yield {name: Kept(quantifier, journal) for name, quantifier in methods.items()}


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
        "--library": "rendered" if isinstance(library, RenderedLibrary) else library.identity,
        "--instrument": repr(session.technique.defaults()),
        "--linear": repr(session.technique.mixing is None),
        "--device": session.device,
    }


class Kept(Quantifier):
    """A method that keeps every answer, and does not work it out again.

    Parameters
    ----------
    quantifier
        The method.
    journal
        Where answers are kept.
    """

    def __init__(self, quantifier: Quantifier, journal: Journal) -> None:
        super().__init__(quantifier.technique, quantifier.library)
        self.name = quantifier.name
        self._quantifier, self._journal = quantifier, journal

    @property
    def known(self) -> tuple[str, ...]:
        """Elements that the method can find."""
        return self._quantifier.known

    @property
    def explained(self) -> Quantifier:
        """What the method is explained by."""
        return self._quantifier.explained

    def estimate(self, spectra: Spectra) -> Estimate:
        """Return the kept answer to the same spectra, or the method's, which is kept."""
        key = f"{self.name} {_digest(spectra)}"
        kept = self._read(key, (len(spectra), len(self.technique.elements)))
        if kept is not None:
            return kept
        estimate = self._quantifier.answer(spectra)
        names = _BOUNDS if estimate.log_odds is None else (*_BOUNDS, _ODDS)
        arrays = {name: np.ascontiguousarray(getattr(estimate, name), np.float64) for name in names}
        self._journal.put(key, save(arrays), {"remarks": list(estimate.remarks)})
        return Estimate(**arrays, remarks=estimate.remarks)

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
        remarks = facts.get("remarks")
        usable = set(arrays) - {_ODDS} == set(_BOUNDS) and all(
            array.shape == shape and array.dtype == np.float64 for array in arrays.values()
        )
        if not usable or not isinstance(remarks, list) or len(remarks) not in (0, shape[0]):
            return None
        return Estimate(**arrays, remarks=tuple(map(str, remarks)))


def _digest(spectra: Spectra) -> str:
    """Return a hash of all that an answer to spectra can depend on."""
    digest = sha256(repr((spectra.counts.shape, spectra.names, spectra.facts)).encode("utf-8", "surrogateescape"))
    candidates = () if spectra.candidates is None else (spectra.candidates,)
    for array in (spectra.counts, spectra.observed, spectra.stated, *candidates):
        digest.update(str(array.dtype).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
