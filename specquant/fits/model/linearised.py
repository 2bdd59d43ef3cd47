"""What a model says where a fit stands, and how that changes with all that a fit may change."""

from dataclasses import dataclass

import numpy as np

from specquant.technique import Floats


@dataclass(frozen=True)
class Linearised:
    """The model at a point, with its derivatives.

    Parameters
    ----------
    spectrum
        Modelled counts, (energy,).
    families
        The spectrum of each family at its factor, which is also the derivative by the logarithm of the factor, (family,
        energy).
    places
        Derivatives by how far each family is moved up, 1/eV, (family, energy); none where lines do not move.
    parameters
        Derivatives by each free parameter, (parameter, energy).
    shift
        That by the shift of the axis, 1/eV, (energy,).
    background
        Those by the counts of each hat of the background, (hat, energy).
    second
        Those by the share of each second chemical state, and then by how far above the first each lies, 1/eV, (2 x
        split, energy).
    mixing
        Those by the logarithm of the amount that the mixing law takes of each element, its own lines being as strong as
        they are, (chosen, energy); none where the law is linear.
    """

    spectrum: Floats
    families: Floats
    places: Floats
    parameters: Floats
    shift: Floats
    background: Floats
    second: Floats
    mixing: Floats


def slopes_of(row: Floats, step: float) -> Floats:
    """Return the derivative of a spectrum (energy,) by how far it is moved up, eV, by five-point differences."""
    wide = np.pad(row, 2, mode="edge")
    return np.asarray((8.0 * (wide[1:-3] - wide[3:-1]) - (wide[:-4] - wide[4:])) / (12.0 * step))
