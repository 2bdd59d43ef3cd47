"""What is known or found out about one instrument: its file, its calibration, the offset of its energy axis."""

from typing import TYPE_CHECKING

from specquant.instrument.axis import AxisCorrection
from specquant.instrument.calibration import calibrate
from specquant.instrument.files import Instrument, load_instrument, save_instrument
from specquant.instrument.offset import OffsetFinder, for_offsets
from specquant.instrument.pooling import PooledFinder
from specquant.instrument.quantities import QuantityFinder
from specquant.instrument.reference import Reference, parse_reference
from specquant.lateimports import late

if TYPE_CHECKING:
    from specquant.instrument.offset_training import train_offset_finder
    from specquant.instrument.quantity_scores import QuantityScores, score_quantities
    from specquant.instrument.quantity_training import train_quantity_finder

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

__getattr__ = late(
    __name__,
    {
        "specquant.instrument.offset_training": ("train_offset_finder",),
        "specquant.instrument.quantity_scores": ("QuantityScores", "score_quantities"),
        "specquant.instrument.quantity_training": ("train_quantity_finder",),
    },
)
