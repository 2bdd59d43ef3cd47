"""Units that axes of spectra have in files, and how one becomes another."""

_ENERGIES = {"eV": 1.0, "keV": 1e3, "MeV": 1e6, "meV": 1e-3}
"""Units of energies, in eV."""

_LENGTHS = {"nm": 1.0, "angstrom": 0.1, "um": 1e3}
"""Units of wavelengths, in nm."""

_SPELT = {"\u00c5": "angstrom", "\u212b": "angstrom", "\u00b5m": "um", "\u03bcm": "um"}
"""Other spellings of them: the angstrom sign twice, and micro twice, as Unicode has them."""

_FAMILIES = (_ENERGIES, _LENGTHS)


def unit_factor(unit: str, wanted: str) -> float | None:
    """Return the factor by which numbers in one unit become numbers in another; None if they cannot.

    Parameters
    ----------
    unit
        A unit, such as ``keV``.
    wanted
        The unit that is wanted, such as ``eV``.
    """
    one, other = _SPELT.get(unit, unit), _SPELT.get(wanted, wanted)
    if one == other:
        return 1.0
    for family in _FAMILIES:
        if one in family and other in family:
            return family[one] / family[other]
    return None


def units_like(unit: str) -> tuple[str, ...]:
    """Return the units that can become a unit, itself among them; it alone where it is none that is known.

    Parameters
    ----------
    unit
        A unit, such as ``nm``.
    """
    plain = _SPELT.get(unit, unit)
    return next((tuple(family) for family in _FAMILIES if plain in family), (unit,))


def base_unit(unit: str) -> str:
    """Return the unit in which readers of text give a quantity: ``eV`` for energies, ``nm`` for wavelengths.

    Parameters
    ----------
    unit
        A unit; one that is not known is returned as it is.
    """
    return units_like(unit)[0]
