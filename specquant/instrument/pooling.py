"""What several spectra of one instrument say of it together."""

from collections.abc import Iterable, Mapping

import numpy as np

from specquant.quantifiers.found import Finder, Found
from specquant.spectra import Spectra
from specquant.technique import Facts


class PooledFinder:
    """A finder that answers for an instrument what all spectra of it say; call it with spectra.

    Parameters
    ----------
    finder
        Finds the quantities of single spectra.
    pooled
        What spectra say of each instrument, by its name.
    """

    def __init__(self, finder: Finder, pooled: Mapping[str, Found]) -> None:
        self._finder, self._pooled = finder, pooled

    @property
    def identity(self) -> str:
        """What it knows of the instruments, in words: equal identities, equal answers."""
        known = [f"{name} {said.mean[0].round(4).tolist()}" for name, said in self._pooled.items()]
        return "; ".join(known) or "nothing"

    @classmethod
    def of(cls, finder: Finder, parts: Iterable[Spectra], floor: float) -> "PooledFinder":
        """Return the finder of spectra that are of one instrument, or of as many as headers name detectors.

        `floor` is the standard deviation that all spectra of an instrument share.
        """
        spectra = Spectra.join(parts)
        said, names = finder(spectra), _instruments(spectra)
        pooled = {}
        for name in dict.fromkeys(names):
            together = said.where(np.array([other == name for other in names])).pooled(floor)
            rows = np.flatnonzero(together.looked_for)
            if rows.size:
                pooled[name] = together.take(rows[:1])
        return cls(finder, pooled)

    def __call__(self, spectra: Spectra) -> Found:
        """Return what is known of the instrument of each spectrum, NaN where something of it is stated."""
        said = self._finder(spectra)
        names = _instruments(spectra)
        known = {row: self._pooled[name] for row, name in enumerate(names) if name in self._pooled}
        return said.of_rows({row: other for row, other in known.items() if said.looked_for[row]})


def _instruments(spectra: Spectra) -> list[str]:
    """Return the name of the instrument of each spectrum: that of its detector, "" where the header names none."""
    facts = spectra.facts or (Facts(),) * len(spectra)
    return [str(each.header.get("detector", "")).strip().lower() for each in facts]
