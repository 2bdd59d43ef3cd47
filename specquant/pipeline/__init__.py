"""The stages in order, for the command line and for Python: open, train, quantify, explain, run."""

from specquant.pipeline.opening import (
    open_axis_correction,
    open_labelled,
    open_library,
    open_methods,
    open_model,
    open_plugin,
    with_own_prior,
    with_recipe,
)
from specquant.pipeline.quantification import FileResult, quantify_file, quantify_files, write_results
from specquant.pipeline.running import PRESETS, Preset, run
from specquant.pipeline.training import finished_model, train_model

__all__ = [
    "PRESETS",
    "FileResult",
    "Preset",
    "finished_model",
    "open_axis_correction",
    "open_labelled",
    "open_library",
    "open_methods",
    "open_model",
    "open_plugin",
    "quantify_file",
    "quantify_files",
    "run",
    "train_model",
    "with_own_prior",
    "with_recipe",
    "write_results",
]
