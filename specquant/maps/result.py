"""What is said of a map: variables per pixel, and what is known of its phases."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from specquant import contracts
from specquant.elements import atomic_weight
from specquant.maps.blocks import BlockAnswer
from specquant.maps.planning import Plan
from specquant.maps.record import Block
from specquant.maps.targets import Target, Variable
from specquant.quantifiers import PRESENT_ABOVE
from specquant.session import HYBRID, Session
from specquant.session.identity import identity_attributes
from specquant.technique import Floats, RawMap
from specquant.verdict import Verdict
from specquant.verdict.judging import LEAST_COUNTS

_SURPRISING = 5.0
"""Standard deviations of the misfit of a pixel from which on it is doubtful: chosen, none of a million by chance."""

VERDICTS = (Verdict.GOOD, Verdict.DOUBTFUL, Verdict.NOT_QUANTIFIED)
"""Verdicts, by the number that stands for each in files."""

_PER_ELEMENT = {
    "fraction": "atomic fraction",
    "error": "standard error, of counting and of what all pixels of the phase share",
    "counting_error": "standard error of counting alone, by which pixels of a phase differ",
    "lower": "lower end of the 90 % interval",
    "upper": "upper end of the 90 % interval",
    "detection_limit": "Currie's detection limit",
    "weight_fraction": "weight fraction",
}

_NAMES = {"limit": "detection_limit", "counting": "counting_error"}


@dataclass
class Summary:
    """What the pixels of a map say together, added up block by block.

    Parameters
    ----------
    amount
        Sum of the atomic fractions of all quantified pixels, (element,).
    quantified
        Number of those.
    verdicts
        Number of pixels of every verdict.
    pooled
        Pixels with counts by the side of their cells.
    above
        Pixels with at least 1 at% of each element, (element,).
    """

    amount: Floats
    above: Floats
    quantified: int = 0
    verdicts: dict[Verdict, int] = field(default_factory=lambda: dict.fromkeys(VERDICTS, 0))
    pooled: dict[int, int] = field(default_factory=dict)

    @property
    def pixels(self) -> int:
        """Number of all pixels."""
        return sum(self.verdicts.values())

    @property
    def mean(self) -> Floats:
        """Mean atomic fractions of the quantified pixels, (element,); 0 where there are none."""
        return self.amount / max(self.quantified, 1)

    @property
    def largest_first(self) -> list[int]:
        """Indices of the elements by their mean fraction, the largest first."""
        return [int(index) for index in np.argsort(-self.mean, kind="stable")]


class MapWriter:
    """Turns answers of blocks into the values of variables.

    Parameters
    ----------
    session
        The session that the map is quantified in.
    raw
        The map.
    plan
        What its pixels are answered by.
    """

    def __init__(self, session: Session, raw: RawMap, plan: Plan) -> None:
        self._session, self._raw, self._plan = session, raw, plan
        self.shape = raw.counts.shape[:-1]
        self._dims = tuple(axis.name for axis in raw.axes)
        self.symbols = [session.technique.elements[index] for index in plan.elements]
        self._mass = np.array([atomic_weight(symbol) for symbol in self.symbols], dtype=np.float32)
        self._judgements = [each.judgements(HYBRID)[0] for each in plan.answers]
        self._refused = np.array([not one.is_answer for one in self._judgements])
        self._doubted = np.array([one.verdict is Verdict.DOUBTFUL for one in self._judgements])
        self.summary = Summary(np.zeros(len(self.symbols)), np.zeros(len(self.symbols)))

    @property
    def variables(self) -> dict[str, Variable]:
        """The variables that have a value per pixel."""
        names = " ".join(verdict.value.replace(" ", "_") for verdict in VERDICTS)
        per_element = {
            name: Variable(
                ("element", *self._dims),
                "f4",
                {"units": name if name.startswith("weight") else "atomic fraction", "long_name": title},
            )
            for name, title in _PER_ELEMENT.items()
        }
        return {
            **per_element,
            "phase": Variable(self._dims, "i2", {"long_name": "number of the phase, -1 for none"}),
            "cell": Variable(self._dims, "u1", {"long_name": "side of the square that was pooled", "units": "pixels"}),
            "counts": Variable(self._dims, "f4", {"units": "counts", "long_name": "counts of the pixel alone"}),
            "chi_squared": Variable(self._dims, "f4", {"long_name": "mean square residual in errors of the counts"}),
            "verdict": Variable(self._dims, "i1", {"flag_values": np.arange(3, dtype=np.int8), "flag_meanings": names}),
        }

    def fixed(self) -> xr.Dataset:
        """Return what does not belong to pixels: coordinates, and what is known of the phases."""
        plan, technique = self._plan, self._session.technique
        compositions = [each.compositions[HYBRID].isel(element=plan.elements) for each in plan.answers]
        share = plan.pixels / max(plan.labels.size, 1)
        fields = ("fraction", "lower", "upper", "weight_fraction", "detection_limit")
        dataset = xr.Dataset(
            {
                **{
                    f"phase_{name}": (
                        ("phase_number", "element"),
                        np.concatenate([each[name].values for each in compositions]),
                    )
                    for name in fields
                },
                "phase_share": ("phase_number", share, {"long_name": "share of the pixels"}),
                "phase_spectrum": (("phase_number", "energy"), plan.sums, {"units": "counts"}),
                "sum_spectrum": ("energy", plan.total, {"units": "counts"}),
                "maximum_spectrum": ("energy", plan.highest, {"units": "counts"}),
                "phase_verdict": (
                    "phase_number",
                    np.array([one.verdict.value for one in self._judgements], dtype=object),
                ),
                "phase_reasons": ("phase_number", np.array([one.text for one in self._judgements], dtype=object)),
            },
            coords={
                "element": ("element", np.array(self.symbols, dtype=object)),
                "energy": ("energy", np.asarray(self._raw.energy), {"units": technique.axis.unit}),
                "phase_number": np.arange(len(plan.phases)),
                **{
                    axis.name: (axis.name, axis.step * np.arange(size), {"units": axis.unit} if axis.unit else {})
                    for axis, size in zip(self._raw.axes, self.shape, strict=True)
                },
            },
        )
        attrs = {"map": self._raw.name, "method": HYBRID, "command": self._session.command}
        attrs |= identity_attributes(self._session.network.card)
        stamped = contracts.stamp(dataset, technique.name, "quantified", **attrs)
        return contracts.written_as(stamped, "MAP_COMPOSITION")

    @property
    def sizes(self) -> dict[str, int]:
        """Sizes of the dimensions of the variables."""
        return {"element": len(self.symbols), **dict(zip(self._dims, self.shape, strict=True))}

    def write(self, blocks: Iterator[tuple[Block, BlockAnswer]], target: Target) -> None:
        """Write every block to a target."""
        for block, answer in blocks:
            index = self._index(block)
            for name, values in self._values(block, answer).items():
                if values.ndim == 2:
                    shaped = values.reshape(len(self.symbols), *block.shape)
                    target.put(name, (slice(None), *index), self._shaped(shaped))
                else:
                    target.put(name, index, self._shaped(values.reshape(block.shape)))

    def _index(self, block: Block) -> tuple[Any, ...]:
        before = self.shape[:-2]
        index: tuple[Any, ...] = tuple(int(i) for i in np.unravel_index(block.frame, before)) if before else ()
        spans = (slice(block.top, block.bottom), slice(block.left, block.right))
        return (*index, *spans[-min(2, len(self.shape)) :])

    def _shaped(self, values: np.ndarray) -> np.ndarray:
        """Return values (..., row, column) without the row, where the map has none."""
        return values if len(self.shape) > 1 else values[..., 0, :]

    def _values(self, block: Block, answer: BlockAnswer) -> dict[str, np.ndarray]:
        """Return the values of every variable, (pixel,) or (element, pixel), and add them to the summary."""
        plan, cell = self._plan, answer.cell
        counts = plan.counts[block.index].ravel()
        of_cells = np.bincount(cell, counts, answer.phase.size)
        refused = (of_cells < LEAST_COUNTS) | (answer.phase < 0)
        refused |= np.where(answer.phase >= 0, self._refused[answer.phase], True)
        doubtful = (answer.surprise > _SURPRISING) | np.where(answer.phase >= 0, self._doubted[answer.phase], False)
        verdict = np.where(refused, 2, doubtful.astype(np.int64))
        values = {_NAMES.get(name, name): each for name, each in answer.numbers.items()}
        if refused.any():
            values = {name: np.where(refused, np.float32(np.nan), each) for name, each in values.items()}
        mass = values["fraction"] * self._mass[:, None]
        values["weight_fraction"] = mass / np.maximum(mass.sum(axis=0), np.float32(1e-30))
        alone = answer.phase.size == cell.size
        per_pixel: dict[str, np.ndarray] = {name: each if alone else each[:, cell] for name, each in values.items()}
        per_pixel |= {
            "phase": answer.phase[cell].astype(np.int16),
            "cell": plan.sides[block.index].ravel(),
            "counts": counts.astype(np.float32),
            "chi_squared": answer.chi_squared[cell],
            "verdict": verdict[cell].astype(np.int8),
        }
        self._add(per_pixel)
        return per_pixel

    def _add(self, values: Mapping[str, np.ndarray]) -> None:
        summary, fraction = self.summary, values["fraction"]
        good = np.isfinite(fraction).all(axis=0)
        summary.quantified += int(good.sum())
        summary.amount += fraction[:, good].sum(axis=1, dtype=np.float64)
        summary.above += (fraction[:, good] >= PRESENT_ABOVE).sum(axis=1)
        for number, verdict in enumerate(VERDICTS):
            summary.verdicts[verdict] += int((values["verdict"] == number).sum())
        sides, counted = np.unique(values["cell"][values["phase"] >= 0], return_counts=True)
        for side, count in zip(sides.tolist(), counted.tolist(), strict=True):
            summary.pooled[side] = summary.pooled.get(side, 0) + count
