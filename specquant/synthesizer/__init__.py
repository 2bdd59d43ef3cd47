"""Synthetic spectra with known truth, made by batch from a recipe."""

from specquant.synthesizer.base import BLOCK, Batch, Synthesizer, blocks
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
