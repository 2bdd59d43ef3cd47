"""What is known or found out about one instrument: its file, its calibration, the offset of its energy axis."""

from specquant.instrument.axis import AxisCorrection, parse_reference
from specquant.instrument.calibration import calibrate
from specquant.instrument.files import Instrument, load_instrument, save_instrument

__all__ = ["AxisCorrection", "Instrument", "calibrate", "load_instrument", "parse_reference", "save_instrument"]
