"""Derivatives of the transform of a damped spectrum by parameters of the response."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specquant.plugin import Floats
from specquant_xps.effects import GASES, Effects
from specquant_xps.rendering import PRIMARY_FWHM
from specquant_xps.transform import FWHM_TO_VARIANCE

Transformed = NDArray[np.complexfloating[Any, Any]]
"""Complex numbers of shape (1, frequency)."""


def derivatives(
    effects: Effects, values: Mapping[str, Floats], lines: Transformed, whole: Transformed, photons: Transformed
) -> dict[str, Transformed]:
    """Return derivatives by those parameters that fits usually leave free.

    Parameters
    ----------
    effects
        What the parameters do.
    values
        All parameters, (1, 1) each.
    lines
        Transform of the damped spectrum without gas.
    whole
        That with gas.
    photons
        That of all photons of the sample as one line of the analyser's resolution, at zero.
    """
    transform = effects.transform
    back = -transform.rate - 1j * transform.frequency  # by how far lines are moved
    spread = transform.narrowing + 1j * transform.rate * transform.frequency  # by a variance
    width, resolution = 2.0 * FWHM_TO_VARIANCE * values["plasmon_width"], values["resolution"]
    faster = effects.faster(values)
    kernel, steep, plasmon = effects.losses(values)
    probability, weight = values["loss_probability"], values["plasmon_weight"]
    by_loss = lines * effects.bulk(values)
    by_weight, by_plasmon = by_loss * probability, by_loss * (probability * weight * plasmon)
    moved, gases = photons * effects.gas_moved(values), effects.gases(values)[0]
    gas = moved * sum(values[name] * lines_of_gas for name, lines_of_gas in zip(GASES, gases, strict=True))
    return {
        "resolution": whole * (2.0 * FWHM_TO_VARIANCE * resolution * (resolution > PRIMARY_FWHM) * spread),
        "loss_probability": by_loss * ((1.0 - weight) * kernel + weight * plasmon),
        "loss_constant": by_weight * ((1.0 - weight) / values["loss_constant"] * steep),
        "plasmon_weight": by_weight * (plasmon - kernel),
        "plasmon_energy": by_plasmon * back,
        "plasmon_width": by_plasmon * (width * spread),
        "source_satellites": lines * (faster / (1.0 + values["source_satellites"] * faster)),
        "overlayer": lines * effects.crossing(values),
        "gas_shift": gas * back,
        **{name: moved * lines_of_gas for name, lines_of_gas in zip(GASES, gases, strict=True)},
    }
