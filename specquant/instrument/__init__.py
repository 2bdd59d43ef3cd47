"""What is known or found out about one instrument: its file, its calibration, the offset of its energy axis."""

from specquant.instrument.axis import AxisCorrection
from specquant.instrument.calibration import calibrate
from specquant.instrument.files import Instrument, load_instrument, save_instrument
from specquant.instrument.offset import OffsetFinder, for_offsets, train_offset_finder
from specquant.instrument.pooling import PooledFinder
from specquant.instrument.quantities import QuantityFinder, train_quantity_finder
from specquant.instrument.quantity_scores import QuantityScores, score_quantities
from specquant.instrument.reference import Reference, parse_reference

__all__ = [
    "AxisCorrection",
    "Instrument",
    "OffsetFinder",
    "PooledFinder",
    "QuantityFinder",
    "QuantityScores",
    "Reference",
    "calibrate",
    "for_offsets",
    "load_instrument",
    "parse_reference",
    "save_instrument",
    "score_quantities",
    "train_offset_finder",
    "train_quantity_finder",
]
