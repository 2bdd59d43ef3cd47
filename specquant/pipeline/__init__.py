"""The stages in order: training with its files, and the whole job from the library to the report."""

from typing import TYPE_CHECKING

from specquant.lateimports import late
from specquant.pipeline.training import (
    finished_model,
    fresh_spectra,
    train_model,
    train_offset_model,
    train_quantity_model,
)

if TYPE_CHECKING:
    from specquant.pipeline.running import FILES, PRESETS, find_preset, run

__all__ = [
    "FILES",
    "PRESETS",
    "find_preset",
    "finished_model",
    "fresh_spectra",
    "run",
    "train_model",
    "train_offset_model",
    "train_quantity_model",
]

__getattr__ = late(__name__, {"specquant.pipeline.running": ("FILES", "PRESETS", "find_preset", "run")})
