"""A map's result as a file of HyperSpy: one signal per variable, read by ``hyperspy.api.load``."""

from pathlib import Path
from typing import Any

import numpy as np

from specquant.files import atomic_path
from specquant.maps.quantifying import MapResult

_WRITTEN = (
    "fraction",
    "error",
    "counting_error",
    "detection_limit",
    "weight_fraction",
    "phase",
    "cell",
    "counts",
    "chi_squared",
    "verdict",
)
"""Variables that are written."""

_FORMAT = "3.3"
"""Version of the format, see https://hyperspy.org/rosettasciio/file_specification/hspy.html."""


def write_hyperspy(result: MapResult, path: Path) -> Path:
    """Write a result as an .hspy file, and return the path.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    import h5py

    with atomic_path(path) as partial, h5py.File(partial, "w") as file:
        file.attrs.update({"file_format": "HyperSpy", "file_format_version": _FORMAT})
        experiments = file.create_group("Experiments")
        for name in _WRITTEN:
            _write(experiments.create_group(name), result, name)
    return path


def _write(group: Any, result: MapResult, name: str) -> None:
    """Write one variable as a signal."""
    variable = result.dataset[name]
    group.attrs.update({"package": "hyperspy", "package_version": "2.0"})
    group.create_dataset("data", data=variable.values, compression="gzip", compression_opts=1, shuffle=True)
    for index, (dim, size) in enumerate(variable.sizes.items()):
        coordinate = variable.coords.get(dim)
        numbers = coordinate is not None and coordinate.dtype.kind in "if" and size > 1
        values = coordinate.values if numbers and coordinate is not None else np.arange(size)
        axis = {
            "_type": "UniformDataAxis",
            "name": str(dim),
            "units": str(coordinate.attrs.get("units", "")) if coordinate is not None else "",
            "offset": float(values[0]),
            "scale": float(values[1] - values[0]) if size > 1 else 1.0,
            "size": int(size),
            "navigate": str(dim) == "element",
            "is_binned": False,
        }
        group.create_group(f"axis-{index}").attrs.update(axis)
    elements = ", ".join(result.symbols)
    metadata = {
        "General": {"title": name, "notes": f"{variable.attrs.get('long_name', '')}; elements in order: {elements}"},
        "Signal": {"signal_type": "", "quantity": str(variable.attrs.get("units", ""))},
    }
    for section, entries in metadata.items():
        group.create_group(f"metadata/{section}").attrs.update(entries)
    group.create_group("original_metadata").attrs["elements"] = elements
    group.create_group("learning_results")
