"""Narrow scans of measured oxides: the second quantification holds what the formula says."""

from pathlib import Path

import numpy as np
import pytest

from specquant.session import open_session
from specquant_xps.atomic import ELEMENTS

OXIDES = {"CoO": ("Co", 0.5), "Co3O4": ("Co", 3 / 7), "Fe2O3": ("Fe", 0.4), "FeO": ("Fe", 0.5), "NiO": ("Ni", 0.5)}
"""Metal, and its share among metal and oxygen. Fe3O4 of the same file is left out: FeO differs from it by 7 at%."""


def test_oxides_by_their_narrow_scans(real_data: Path) -> None:
    (path,) = (real_data / "xps" / "raw").glob("lukaspie__EX491*")
    (result,) = open_session("xps").quantify(path, method="cnn").files
    shares = {}
    for name, answer in zip(result.spectra.labels(), result.narrow, strict=True):
        metal, share = OXIDES.get(name.partition(" / ")[0], ("", 0.0))
        if not metal or answer is None:
            continue
        rows = [ELEMENTS.index(metal), ELEMENTS.index("O")]
        part = float(answer.fraction[rows[0]] / answer.fraction[rows].sum())
        bound = (answer.upper - answer.lower)[rows[0]] / 2 / answer.fraction[rows].sum()
        shares[name] = part - share
        print(f"{name}: {metal} / ({metal} + O) {part:.3f}, by formula {share:.3f}, 90 % interval +- {bound:.3f}")
        assert abs(part - share) < 2 * bound
    assert len(shares) == len(OXIDES)
    assert np.mean(np.abs(list(shares.values()))) == pytest.approx(0.0, abs=0.06)
