"""From photons that leave the sample to counts: the detector, by batch, in arrays of numpy or of torch."""

from collections.abc import Mapping, Sequence

from specquant.plugin import Array, EnergyAxis, Floats, columns_of, module_of
from specquant_eds.derivatives import Linear, Stage
from specquant_eds.stages import Stages


class DetectorResponse:
    """Vectorised response on one axis; call it with (sample, energy) photons and one value per sample and parameter."""

    arrays = "both"
    broadcasts = True
    """One row of photons serves for many values, and one value for many rows."""

    def __init__(self, axis: EnergyAxis) -> None:
        self._stages = Stages(axis)

    def __call__(self, primary: Array, values: Mapping[str, Array]) -> Array:
        """Return the spectra of bare photons.

        Parameters
        ----------
        primary
            Shape (sample, energy), on the axis given at construction.
        values
            The thicknesses of ``detector.LAYERS``, ``window_grid``, ``active_layer``, ``noise``, ``tail``, ``pile_up``,
            ``offset``, ``gain``, ``nonlinearity``: shape (sample,) each.
        """
        stages, columns = self._stages, columns_of(values, primary)
        measured = stages.collected(primary * stages.efficiency(columns, primary), columns)
        return stages.displaced(stages.piled_up(measured, columns["pile_up"]), columns)

    def linearised(
        self, primary: Floats, changes: Floats, values: Mapping[str, float], names: Sequence[str]
    ) -> tuple[Floats, Floats, Floats]:
        """Return a spectrum, what changes do to it, and derivatives, see `specquant.plugin.LinearisingResponse`."""
        linear = Linear(self._stages, values, names)
        return linear.answer(linear.displaced(linear.piled_up(linear.collected(primary[None], changes))), names)


class ScaleDistortion:
    """What differs between two spectra of one detector: the energy scale and pile-up, for libraries of measured shapes.

    Called like DetectorResponse; ``pile_up``, ``offset`` and ``gain`` are used, relative to the standards.
    """

    arrays = "both"
    broadcasts = True

    def __init__(self, axis: EnergyAxis) -> None:
        self._stages = Stages(axis)

    def __call__(self, primary: Array, values: Mapping[str, Array]) -> Array:
        """Return the distorted spectra (sample, energy)."""
        columns = columns_of({name: values[name] for name in ("pile_up", "offset", "gain")}, primary)
        columns["nonlinearity"] = module_of(primary).zeros_like(columns["offset"])
        return self._stages.displaced(self._stages.piled_up(primary, columns["pile_up"]), columns)

    def linearised(
        self, primary: Floats, changes: Floats, values: Mapping[str, float], names: Sequence[str]
    ) -> tuple[Floats, Floats, Floats]:
        """Return a spectrum, what changes do to it, and derivatives, see `specquant.plugin.LinearisingResponse`."""
        wanted = [name for name in names if name in ("pile_up", "offset", "gain")]
        linear = Linear(self._stages, {**values, "nonlinearity": 0.0}, wanted)
        stage = linear.displaced(linear.piled_up(Stage(primary[None], changes)))
        return linear.answer(stage, names)
