"""Synthetic spectra with known truth, made by batch from a recipe."""

from typing import TYPE_CHECKING

from specquant.lateimports import late
from specquant.synthesizer.base import BLOCK, Batch, Synthesizer, blocks

if TYPE_CHECKING:
    from specquant.synthesizer.fixed import FixedSpectra
    from specquant.synthesizer.instruments import InstrumentsSynthesizer, synthesizer_of
    from specquant.synthesizer.recipe import RecipeSynthesizer
    from specquant.synthesizer.writing import write_spectra

__all__ = [
    "BLOCK",
    "Batch",
    "FixedSpectra",
    "InstrumentsSynthesizer",
    "RecipeSynthesizer",
    "Synthesizer",
    "blocks",
    "synthesizer_of",
    "write_spectra",
]

__getattr__ = late(
    __name__,
    {
        "specquant.synthesizer.fixed": ("FixedSpectra",),
        "specquant.synthesizer.instruments": ("InstrumentsSynthesizer", "synthesizer_of"),
        "specquant.synthesizer.recipe": ("RecipeSynthesizer",),
        "specquant.synthesizer.writing": ("write_spectra",),
    },
)
