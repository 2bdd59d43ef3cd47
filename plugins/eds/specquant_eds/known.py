"""Fitting a spectrum of known composition: how strong each line group is against theory, and the detector's settings.

The columns are the line groups of the sample's elements as the matrix model predicts them, its continuum in a few
smooth pieces, and the sum peaks; amounts are found by non-negative least squares, the detector's energy scale, noise
and tail by Gauss-Newton around it. Amounts of one family are drawn together, so that overlapping lines do not trade
strength.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.optimize import least_squares, nnls

from specquant.plugin import EnergyAxis, Floats
from specquant_eds import detector
from specquant_eds.elements import ELEMENTS
from specquant_eds.instrument import PARAMETERS
from specquant_eds.linegroups import LineGroup
from specquant_eds.mixing import MatrixModel, matrix_model
from specquant_eds.orient import LOWEST
from specquant_eds.rendering import draw, hats
from specquant_eds.response import DetectorResponse

FREE: Mapping[str, float] = {"offset": 3.0, "gain": 5e-4, "nonlinearity": 0.3, "noise": 4.0, "tail": 0.4}
"""Detector parameters that are fitted, with the step in which the fit thinks."""

_MODEL_ERROR = 0.02
"""Relative error of a modelled channel, beside counting noise: peaks are met within 1 % (Fe) to 6 % (Si); chosen."""

_LEAST_VARIANCE = 3.0
"""Counts^2 added to the variance of a channel, so that empty channels do not outweigh full ones; chosen."""

_PIECES = (0.0, 0.08, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Centres of the continuum's smooth pieces, closer together at low energies, where absorption bends it; chosen."""

_PIECE_WIDTH = 0.18
"""Width of a piece (1/e), about the distance of two: wide enough for their sum to be smooth; chosen."""

_PIECES_FROM, _PIECES_OVER = 500.0, 14_000.0
"""eV: where the pieces' scale from 0 to 1 begins, and its length; it ends near the beam energy of the standards."""

_BEYOND = 0.99
"""Share of the beam energy up to which a spectrum is fitted: above there is nothing but pile-up."""

_CHARGE = 1.602176634e-19
"""Elementary charge, C (exact, SI)."""

_PULL = 4.0
"""Residual of one step of a parameter of FREE away from where the fit starts, for what a spectrum with one line does
not tell: a quarter of a step is its standard deviation; chosen."""

_SOLID_ANGLE = 11.7e-3
"""Of the detector that physics-eds.md was measured with, sr; it cancels wherever strengths are compared."""

_EVALUATIONS = 15
"""Evaluations of the detector's settings at most, derivatives not counted: the fit starts near its end; chosen."""

_SURFACE = 1e-3
"""Photons per electron of a surface layer's K lines in one unit of its column, which the fit scales; chosen."""


@dataclass(frozen=True)
class KnownFit:
    """A fitted spectrum of known composition.

    `amount` is measured over predicted intensity per line group, with its standard `error`; `parts` (group, energy) are
    the fitted counts of each group, `rest` (energy,) those of continuum, sum peaks and surface; `values` the detector.
    """

    groups: tuple[LineGroup, ...]
    amount: Floats
    error: Floats
    parts: Floats
    rest: Floats
    values: Mapping[str, float]
    misfit: float


def dose(live_time: float, probe_current: float) -> float:
    """Return electrons times the solid angle over 4 pi, for a live time in s and a current in nA."""
    return live_time * probe_current * 1e-9 / _CHARGE * _SOLID_ANGLE / (4 * np.pi)


def fit_known(
    counts: Floats, axis: EnergyAxis, fraction: Mapping[str, float], values: Mapping[str, float], electrons: float
) -> KnownFit:
    """Fit a spectrum of known composition.

    Parameters
    ----------
    counts
        Shape (energy,) on `axis`.
    axis
        Photon-energy channels.
    fraction
        Atomic fractions of the sample's elements.
    values
        Every instrument parameter; those in FREE are where the fit starts.
    electrons
        What `dose` returns; amounts are relative to it.
    """
    problem = _Problem(counts, axis, fraction, values, electrons)
    names = list(FREE)
    limits = {parameter.name: (parameter.low, parameter.high) for parameter in PARAMETERS}

    def settings(steps: Floats) -> dict[str, float]:
        moved = {name: values[name] + (step - 1.0) * FREE[name] for name, step in zip(names, steps, strict=True)}
        return dict(values) | {name: float(np.clip(value, *limits[name])) for name, value in moved.items()}

    def residual(steps: Floats) -> Floats:
        return np.concatenate([problem.residual(settings(steps)), _PULL * (steps - 1.0)])

    solution = least_squares(residual, np.ones(len(names)), diff_step=[0.1] * len(names), max_nfev=_EVALUATIONS)
    return problem.result(settings(solution.x))


class _Problem:
    """The linear fit at given detector settings."""

    def __init__(
        self,
        counts: Floats,
        axis: EnergyAxis,
        fraction: Mapping[str, float],
        values: Mapping[str, float],
        electrons: float,
    ) -> None:
        self._counts, self._axis = counts, axis
        model = matrix_model()
        fractions = np.array([[fraction.get(symbol, 0.0) for symbol in ELEMENTS]])
        fractions = fractions / fractions.sum()
        settings = {name: np.array([float(value)]) for name, value in values.items()}
        intensities = model.intensities(fractions, settings)
        photons = intensities.lines[0] * fractions[0, model.element]
        present = [bool(fraction.get(group.element)) for group in model.groups]
        chosen = np.flatnonzero((photons > 0) & present).tolist()
        self.groups = tuple(model.groups[index] for index in chosen)
        scale = electrons * axis.step
        lines = [scale * photons[index] * draw(axis, model.groups[index].lines) for index in chosen]
        pieces = _pieces(axis, scale * intensities.background[0] @ hats(axis, model.nodes))
        surface = [_SURFACE * scale * _k_line(axis, model, symbol) for symbol in ("C", "O") if not fraction.get(symbol)]
        self._rows = np.array([*lines, *pieces, *surface], dtype=np.float32)
        self._response = _response(axis)
        seen = (axis.centres > LOWEST) & (axis.centres < _BEYOND * min(values["beam_energy"], axis.stop))
        self._seen = seen & (counts.sum() > 0)
        variance = np.maximum(counts, 1.0) + (_MODEL_ERROR * counts) ** 2 + _LEAST_VARIANCE
        self._weight = 1.0 / np.sqrt(variance)[self._seen]
        self._sums = _sum_peaks(counts, axis)

    def residual(self, values: Mapping[str, float]) -> Floats:
        """Return weighted residuals at these settings."""
        amounts, columns, _ = self._solved(values)
        return self._residual(amounts, columns)

    def _residual(self, amounts: Floats, columns: Floats) -> Floats:
        return np.asarray((self._counts - amounts @ columns)[self._seen] * self._weight)

    def _solved(self, values: Mapping[str, float]) -> tuple[Floats, Floats, Floats]:
        """Return amounts and columns, and the inverse of the normal matrix."""
        settings = {name: np.full(len(self._rows), float(value)) for name, value in values.items()}
        settings["pile_up"] = np.zeros(len(self._rows))
        columns = np.vstack([self._response(self._rows, settings).astype(np.float64), self._sums])
        design = (columns[:, self._seen] * self._weight).T
        target = self._counts[self._seen] * self._weight
        ties = self._ties(columns)
        design, target = np.vstack([design, ties]), np.concatenate([target, np.zeros(len(ties))])
        norm = np.linalg.norm(design, axis=0) + 1e-30
        amounts = nnls(design / norm, target, maxiter=50 * len(norm))[0] / norm
        return amounts, columns, np.linalg.pinv(design.T @ design)

    def _ties(self, columns: Floats) -> Floats:
        """Return rows that hold the groups of one family of one element near their common amount."""
        rows = []
        families: dict[tuple[str, str], list[int]] = {}
        for index, group in enumerate(self.groups):
            families.setdefault((group.element, group.family), []).append(index)
        for members in families.values():
            share = columns[members].sum(axis=1)
            share = share / max(share.sum(), 1e-30)
            for index in members if len(members) > 1 else ():
                row = np.zeros(len(columns))
                row[members] -= share
                row[index] += 1.0
                rows.append(row / _spread(self.groups[index]))
        return np.array(rows).reshape(-1, len(columns))

    def result(self, values: Mapping[str, float]) -> KnownFit:
        """Return the fit at these settings."""
        amounts, columns, inverse = self._solved(values)
        count = len(self.groups)
        parts = amounts[:count, None] * columns[:count]
        residual = self._residual(amounts, columns)
        return KnownFit(
            self.groups,
            amounts[:count],
            np.sqrt(np.diag(inverse)[:count]),
            parts,
            amounts[count:] @ columns[count:],
            values,
            float(np.sqrt(np.mean(residual**2))),
        )


def _spread(group: LineGroup) -> float:
    """Return how far a group's amount may lie from its family's: theory is sure of K, least of Ll and M-N2,3."""
    if group.family == "K":
        return 0.05
    if group.label in ("Ll", "Mz", "M4-N"):
        return 0.6
    return 0.15 if group.group.endswith("soft") or group.label in ("Ma", "Mb") else 0.33


def _pieces(axis: EnergyAxis, continuum: Floats) -> list[Floats]:
    """Return the continuum (energy,) cut into smooth pieces that overlap."""
    position = np.clip((axis.centres - _PIECES_FROM) / _PIECES_OVER, 0.0, 1.0)
    return [continuum * np.exp(-(((position - centre) / _PIECE_WIDTH) ** 2)) for centre in _PIECES]


def _k_line(axis: EnergyAxis, model: MatrixModel, symbol: str) -> Floats:
    group = next(g for g in model.groups if (g.element, g.label) == (symbol, "Ka"))
    return draw(axis, group.lines)


@cache
def _response(axis: EnergyAxis) -> DetectorResponse:
    return DetectorResponse(axis)


def _sum_peaks(counts: Floats, axis: EnergyAxis) -> Floats:
    """Return the spectrum folded with itself: what one per cent of pile-up adds."""
    share = counts / counts.sum() * detector.pile_up_weight(axis.centres)
    folded = np.fft.rfft(share, 2 * axis.size)
    shifted = np.fft.irfft(folded * folded, 2 * axis.size)[: axis.size]
    return np.asarray(0.01 * counts.sum() * np.roll(shifted, round(axis.start / axis.step)))
