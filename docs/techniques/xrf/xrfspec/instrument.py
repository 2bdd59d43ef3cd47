"""The instrument: its axis, and the numbers that describe beam, way and detector."""

from specquant.plugin import EnergyAxis, InstrumentParameter, Role

AXIS = EnergyAxis(1.9, 14.4, 0.02, label="Photon energy", unit="keV")
"""It ends below what the beam is scattered to, and 87 channels are the energy that leaves with an escaping photon."""

LOWEST, HIGHEST = 16.0, 25.0
"""keV between which the photons of the beam have one energy: softer ones would be scattered into the axis."""

PARAMETERS = (
    InstrumentParameter("photon_energy", 17.48, LOWEST, HIGHEST, "keV", "of the beam", Role.REQUIRED),
    InstrumentParameter("incidence_angle", 45.0, 15.0, 90.0, "degrees", "between surface and beam", Role.STATED),
    InstrumentParameter("take_off_angle", 45.0, 15.0, 90.0, "degrees", "between surface and detector", Role.STATED),
    InstrumentParameter("air_path", 2.0, 0.0, 8.0, "cm", "of air between sample and detector", Role.STATED),
    InstrumentParameter("window", 12.5, 5.0, 50.0, "um", "of beryllium before the detector", Role.STATED),
    InstrumentParameter("silicon", 0.45, 0.2, 1.0, "mm", "thickness of the detector", Role.STATED),
    InstrumentParameter("resolution", 0.14, 0.122, 0.22, "keV", "FWHM at 5.9 keV (Mn Ka)", Role.STATED),
    InstrumentParameter("shelf", 0.003, 0.0, 0.03, "", "share of photons of which any part is collected"),
    InstrumentParameter("tail", 0.005, 0.0, 0.05, "", "share of photons of which a little is lost"),
    InstrumentParameter("pile_up", 0.003, 0.0, 0.03, "", "share of photons that are counted with another as one"),
)
"""Ranges are those of silicon detectors in air, in helium (no air) and in vacuum (no air)."""

DEFAULTS = {parameter.name: parameter.default for parameter in PARAMETERS}
"""The instrument at which pure spectra are rendered."""
