"""The instrument parameters of an electron microscope with an energy-dispersive detector."""

from specquant.plugin import InstrumentParameter, Role

PARAMETERS = (
    InstrumentParameter("beam_energy", 15_000.0, 5_000.0, 30_000.0, "eV", "energy of the electrons", Role.REQUIRED),
    InstrumentParameter(
        "take_off_angle", 35.0, 10.0, 90.0, "deg", "between the surface and the way to the detector", Role.STATED
    ),
    InstrumentParameter("nitride_window", 40.0, 0.0, 300.0, "nm", "silicon nitride in the window", Role.STATED),
    InstrumentParameter("polymer_window", 0.0, 0.0, 800.0, "nm", "polymer in the window", Role.STATED),
    InstrumentParameter("beryllium_window", 0.0, 0.0, 30_000.0, "nm", "beryllium in the window", Role.STATED),
    InstrumentParameter("aluminium", 40.0, 0.0, 150.0, "nm", "aluminium on window and contact", Role.STATED),
    InstrumentParameter("dead_layer", 60.0, 0.0, 400.0, "nm", "silicon that collects no charge", Role.STATED),
    InstrumentParameter("window_grid", 0.0, 0.0, 0.4, "", "share of the window behind the bars of its grid"),
    InstrumentParameter("active_layer", 0.45, 0.1, 5.0, "mm", "silicon that collects charge"),
    InstrumentParameter("noise", 60.0, 36.0, 120.0, "eV", "FWHM of the electronic noise"),
    InstrumentParameter("tail", 1.0, 0.0, 5.0, "", "incomplete charge collection, relative to a usual detector"),
    InstrumentParameter("pile_up", 0.004, 0.0, 0.1, "", "count rate times pulse-pair resolving time of hard photons"),
    InstrumentParameter("offset", 0.0, -60.0, 60.0, "eV", "error of the energy scale at zero"),
    InstrumentParameter("gain", 0.0, -0.02, 0.02, "", "relative error of the channel width"),
    InstrumentParameter(
        "nonlinearity", 0.8, -1.0, 4.0, "", "curvature of the energy scale, relative to one instrument"
    ),
    InstrumentParameter("continuum_scale", 1.0, 0.2, 5.0, "", "continuum relative to the law of continuum.py"),
    InstrumentParameter("continuum_exponent", 0.0, -0.4, 0.4, "", "added to the exponent of the continuum"),
    InstrumentParameter(
        "continuum_bend", 0.0, -1.0, 1.0, "", "exponent by which the continuum departs from its law below 1.5 keV"
    ),
    InstrumentParameter("carbon_coat", 15.0, 0.0, 300.0, "nm", "evaporated carbon and contamination"),
    InstrumentParameter("oxide_skin", 0.0, 0.0, 200.0, "nm", "surface oxide, as oxygen of 1.5 g/cm3"),
)
"""Defaults are near what the NIST instrument of the development study showed; ranges hold what was met on real
instruments, with room on either side (docs/explanation/physics-eds.md)."""


def defaults() -> dict[str, float]:
    """Return the default of every parameter."""
    return {parameter.name: parameter.default for parameter in PARAMETERS}


NITRIDE_WINDOW = {
    "nitride_window": 40.0,
    "polymer_window": 0.0,
    "beryllium_window": 0.0,
    "aluminium": 40.0,
    "dead_layer": 60.0,
    "window_grid": 0.0,
}
"""A silicon nitride window, as of EDAX Octane Elite: the default. Thicknesses in nm, the grid as a share."""

POLYMER_WINDOW = {
    "nitride_window": 0.0,
    "polymer_window": 300.0,
    "beryllium_window": 0.0,
    "aluminium": 60.0,
    "dead_layer": 100.0,
    "window_grid": 0.23,
}
"""A polymer window on a silicon grid (Moxtek AP3.3), with the aluminium and the dead layer that made eleven spectra of
known glasses from other instruments come out right (docs/explanation/physics-eds.md). Units as of NITRIDE_WINDOW."""
