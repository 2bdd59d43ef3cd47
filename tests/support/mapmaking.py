"""Maps of known truth for tests, from a technique's physics: spectra of compositions, drawn by Poisson's law."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np

from specquant.fits.descent.cost import Target
from specquant.fits.descent.fitting import nominal_point
from specquant.fits.model.forward import ForwardModel
from specquant.session import Session
from specquant.synthesizer import Batch
from specquant.technique import Facts, MapAxis, RawMap, Technique

GLASS = {"O": 0.6, "Mg": 0.1, "Al": 0.04, "Si": 0.17, "Ca": 0.06, "Fe": 0.03}
OTHER = {"O": 0.6, "Si": 0.2, "Na": 0.1, "K": 0.1}
RARE = {"O": 0.6, "Ti": 0.2, "Sr": 0.2}
BEAM = 15_000.0
ENOUGH = 3e5
"""Counts that a spectrum has at least from which a synthetic map is drawn."""


def spectrum(session: Session, fraction: Mapping[str, float], **stated: float) -> np.ndarray:
    """Return the expected counts (energy,) of a composition, normalised; of EDS above the noise of the electronics.

    The instrument is the usual one but for what is `stated`; lines have their usual chemical shifts.
    """
    technique = session.technique
    model = ForwardModel(technique, session.library)
    amounts = np.array([fraction.get(symbol, 0.0) for symbol in technique.elements])
    beam = {"beam_energy": BEAM} if technique.name == "eds" else {}
    values = {**technique.defaults(), **model.priors.usual, **beam, **stated}
    target = Target(np.ones(technique.axis.size), np.ones(technique.axis.size, dtype=bool), values)
    point = nominal_point(model, target, amounts / amounts.sum())
    if model.chemical.size:
        point = replace(point, chemical=model.chemical[:, 0].copy())
    shape = model.spectrum(point, model.families(np.flatnonzero(amounts)))
    lowest = 200.0 if technique.name == "eds" else technique.axis.start
    expected = np.where(technique.axis.centres >= lowest, shape, 0.0)
    return np.asarray(expected / expected.sum())


def drawn(spectra: Sequence[np.ndarray], labels: np.ndarray, counts: float | np.ndarray, seed: int) -> np.ndarray:
    """Return a map (row, column, channel) of phases with so many counts per pixel."""
    rng = np.random.default_rng(seed)
    level = np.broadcast_to(counts, labels.shape)
    return rng.poisson(np.array(spectra)[labels] * level[..., None]).astype(np.uint16)


def raw_map(session: Session, counts: np.ndarray) -> RawMap:
    """Return counts (..., channel) on the technique's axis as a map."""
    names = ("frame", "y", "x")[-(counts.ndim - 1) :]
    axes = tuple(MapAxis(name, 0.5, "um") for name in names)
    stated = {parameter.name: parameter.default for parameter in session.technique.stated}
    stated |= {"beam_energy": BEAM, "take_off_angle": 35.0} if session.technique.name == "eds" else {}
    header = {"axis_unit": "eV", "intensity_unit": "counts"}
    return RawMap("test", session.technique.axis.centres, counts, axes, stated, Facts(header))


def write_ripple(path: Path, counts: np.ndarray, image: bool = False) -> Path:
    """Write a map (row, column, channel) of 10 eV channels as a ripple file, and return its path."""
    rows, columns, depth = counts.shape
    lines = ["key\tvalue", f"width\t{columns}", f"height\t{rows}", f"depth\t{depth}", "offset\t0"]
    lines += [f"data-length\t{counts.dtype.itemsize}", "data-type\tunsigned", "byte-order\tlittle-endian"]
    lines += [f"record-by\t{'image' if image else 'vector'}", "signal\tEDS_SEM", "ev-per-chan\t10", "beam-energy\t15"]
    lines += ["elevation-angle\t35", "width-scale\t0.5", "width-units\tum", ""]
    path.write_text("\n".join(lines))
    stored = np.moveaxis(counts, -1, 0) if image else counts
    path.with_suffix(".raw").write_bytes(np.ascontiguousarray(stored).tobytes())
    return path


def quarters(rows: int, columns: int) -> np.ndarray:
    """Return labels of two phases in four quarters."""
    row, column = np.indices((rows, columns))
    return np.asarray(((row >= rows // 2) ^ (column >= columns // 2)).astype(int))


def bright_spectra(session: Session, number: int) -> list[Batch]:
    """Return that many fresh spectra of the recipe ``field`` with ENOUGH counts, each on an instrument of its own."""
    made, bright = session.synthesizer(session.technique.recipe("field"), 1, "evaluation"), list[Batch]()
    for index in count():
        block = made.block(index)
        bright += [block.take(slice(row, row + 1)) for row in np.flatnonzero(block.counts.sum(dim=1) >= ENOUGH)]
        if len(bright) >= number:
            break
    return bright[:number]


def synthetic_map(technique: Technique, one: Batch, counts: float, seed: int) -> RawMap:
    """Return a map of 12 by 12 pixels that are drawn from one synthetic spectrum."""
    seen, spectrum_counts = one.observed.numpy()[0], one.counts.numpy()[0].round().astype(np.int64)
    share = min(counts / spectrum_counts.sum(), 1.0)
    pixels = np.random.default_rng(seed).binomial(spectrum_counts[seen], share, size=(12, 12, int(seen.sum())))
    known = zip(technique.stated, one.stated.numpy()[0].tolist(), strict=True)
    stated = {parameter.name: value for parameter, value in known if np.isfinite(value)}
    header = {"axis_unit": technique.axis.unit, "intensity_unit": "counts"}
    axes = (MapAxis("y"), MapAxis("x"))
    return RawMap("map", technique.axis.centres[seen], pixels.astype(np.uint16), axes, stated, Facts(header), True)
