"""What a detector does to changes of photons, and what its parameters change: its stages linearised, by numpy.

Changes may come in single precision, which halves the time: nothing here is a small difference of large numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft, rfft

from specquant.plugin import Floats
from specquant_eds import detector
from specquant_eds.stages import EMPTY, FWHM_TO_VARIANCE, PRIMARY_NOISE, Stages


@dataclass(frozen=True)
class Stage:
    """A spectrum on its way through a detector.

    Parameters
    ----------
    spectrum
        Shape (1, energy).
    rows
        What changes of photons, and then parameters, do to it, (row, energy).
    names
        The parameters that rows were added for, in their order.
    """

    spectrum: Floats
    rows: Floats
    names: tuple[str, ...] = ()

    def after(self, spectrum: Floats, rows: Floats, added: Mapping[str, Floats]) -> "Stage":
        """Return it after one more stage, which added rows (1, energy) by parameters."""
        more = [row.astype(rows.dtype) for row in added.values()]
        return Stage(spectrum, np.concatenate([rows, *more]) if more else rows, (*self.names, *added))


class Linear:
    """A detector, linearised in photons and parameters.

    Parameters
    ----------
    stages
        The stages that photons go through.
    values
        Value of every parameter.
    names
        Parameters by which derivatives are wanted.
    """

    def __init__(self, stages: Stages, values: Mapping[str, float], names: Sequence[str]) -> None:
        self._stages, self._names = stages, names
        self._columns = {name: np.array([[value]]) for name, value in values.items()}

    def collected(self, primary: Floats, changes: Floats) -> Stage:
        """Return bare photons (1, energy), and changes of them, behind window and detector."""
        stages, columns = self._stages, self._columns
        efficiency = stages.efficiency(columns, primary)
        counted = primary * efficiency
        (lines, tails), resolution = stages.in_parts(counted, columns)
        whole = lines + columns["tail"] * tails
        rows = Stage(counted, changes * efficiency.astype(changes.dtype))
        rows = rows.after(counted, rows.rows, {name: counted * each for name, each in self._stopped().items()})
        wider = columns["noise"] * (columns["noise"] >= PRIMARY_NOISE) * FWHM_TO_VARIANCE
        of_shape = {"tail": tails, "noise": -wider * stages.constants.beside(primary)["squared"] * whole}
        broader = {name: stages.joined(each, resolution) for name, each in of_shape.items() if name in self._names}
        spectrum = np.maximum(stages.joined(whole, resolution), 0.0)
        return rows.after(spectrum, self._broadened(rows.rows, resolution), broader)

    def piled_up(self, before: Stage) -> Stage:
        """Return a spectrum with a share of its photons counted two at a time."""
        stages, single, spectrum = self._stages, before.rows.dtype, before.spectrum
        weight, share = stages.constants.beside(spectrum)["pile_up"], self._columns["pile_up"]
        total = np.maximum(spectrum.sum(axis=1, keepdims=True), EMPTY)
        once = rfft(spectrum * (weight / total), n=stages.double)
        twice = np.maximum(stages.sums(once * once), 0.0)
        folded = rfft(_padded(before.rows, weight, stages.double), overwrite_x=True)
        folded *= (2.0 * share * once).astype(folded.dtype)
        rows = stages.sums(folded)
        rows += before.rows
        rows -= (share * twice).astype(single) * before.rows.sum(axis=1, keepdims=True)
        added = {"pile_up": total * twice} if "pile_up" in self._names else {}
        return before.after(spectrum + share * total * twice, rows, added)

    def displaced(self, before: Stage) -> Stage:
        """Return a spectrum on the axis as it is."""
        stages, spectrum, constants = self._stages, before.spectrum, self._stages.constants.beside(before.spectrum)
        channels, share = stages.channels(self._columns, spectrum)
        low = channels[0]
        steep = spectrum[:, low + 1] - spectrum[:, low]
        below, above = before.rows[:, low], before.rows[:, low + 1]
        above -= below
        above *= share.astype(above.dtype)
        below += above
        by_energy = -steep / stages.axis.step
        scale = {"offset": 1.0, "gain": constants["energy"], "nonlinearity": constants["scale_error"]}
        added = {name: by_energy * each for name, each in scale.items() if name in self._names}
        return before.after(spectrum[:, low] + share * steep, below, added)

    def answer(self, end: Stage, names: Sequence[str]) -> tuple[Floats, Floats, Floats]:
        """Return the spectrum (energy,), what changes do to it (row, energy), and derivatives, (name, energy).

        Those by parameters that no stage knows are 0.
        """
        count = len(end.rows) - len(end.names)
        by_name = dict(zip(end.names, end.rows[count:], strict=True))
        nothing = np.zeros_like(end.spectrum[0])
        slopes = np.array([by_name.get(name, nothing) for name in names]).reshape(len(names), nothing.size)
        return end.spectrum[0], end.rows[:count], slopes

    def _stopped(self) -> dict[str, Floats]:
        """Return the derivatives (1, energy) of the logarithm of the efficiency by its parameters, of those wanted."""
        columns, constants = self._columns, self._stages.constants.beside(self._columns["noise"])
        stopped = {name: -row[None] for name, row in zip(detector.LAYERS, constants["layers"], strict=True)}
        stopped["window_grid"] = -constants["grid"] / (1 - columns["window_grid"] * constants["grid"])
        left = np.exp(-columns["active_layer"] * constants["silicon"])
        stopped["active_layer"] = constants["silicon"] * left / np.maximum(1 - left, EMPTY)
        return {name: each for name, each in stopped.items() if name in self._names}

    def _broadened(self, lines: Floats, resolution: Floats) -> Floats:
        """Return changes of what is counted, with the peaks of the detector's silicon, tails and resolution."""
        stages, constants = self._stages, self._stages.constants.beside(lines)
        folded = rfft(_padded(stages.with_silicon(lines), 1.0, stages.size), overwrite_x=True)
        tails = rfft(_padded(lines, constants["tail_share"], stages.size), overwrite_x=True)
        tails *= self._columns["tail"].astype(lines.dtype) * constants["tail_less_one"]
        folded += tails
        folded *= resolution.astype(lines.dtype)
        return np.asarray(irfft(folded, n=stages.size, overwrite_x=True)[:, : stages.axis.size])


def _padded(rows: Floats, weight: Floats | float, size: int) -> Floats:
    """Return weighed rows (row, energy), with nothing beyond them up to a number of channels."""
    padded = np.empty((len(rows), size), dtype=rows.dtype)
    np.multiply(rows, weight, out=padded[:, : rows.shape[1]])
    padded[:, rows.shape[1] :] = 0.0
    return padded
