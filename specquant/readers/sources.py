"""Counts of maps that lie in files and are read piece by piece; all of these can be sent to other processes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class FileCounts:
    """Numbers of one type, one after another in a file.

    Parameters
    ----------
    path
        The file.
    type_name
        Their type, as numpy writes it, e.g. ``<u2``.
    shape
        Sizes of the dimensions, the channels last.
    offset
        Byte at which they begin.
    channels_first
        Whether the file has all pixels of the first channel first.
    """

    path: Path
    type_name: str
    shape: tuple[int, ...]
    offset: int = 0
    channels_first: bool = False

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the numbers."""
        return np.dtype(self.type_name)

    def __getitem__(self, key: Any) -> NDArray[Any]:
        # mapped anew for every piece: what stays mapped counts as memory
        stored = (self.shape[-1], *self.shape[:-1]) if self.channels_first else self.shape
        mapped = np.memmap(self.path, self.dtype, "r", self.offset, stored)
        return np.array(np.moveaxis(mapped, 0, -1)[key] if self.channels_first else mapped[key])


@dataclass(frozen=True)
class Hdf5Counts:
    """A data set of an HDF5 file.

    Parameters
    ----------
    path
        The file.
    address
        Where in the file the data set is.
    type_name
        Type of its numbers, as numpy writes it.
    shape
        Sizes of the dimensions, the channels last; the data set may have all pixels in one dimension, row by row.
    axis
        Which dimension of the data set the channels are.
    """

    path: Path
    address: str
    type_name: str
    shape: tuple[int, ...]
    axis: int = -1

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the numbers."""
        return np.dtype(self.type_name)

    def __getitem__(self, key: Any) -> NDArray[Any]:
        import h5py

        key = key if isinstance(key, tuple) else (key,)
        key = (*key, *(slice(None),) * (len(self.shape) - len(key)))
        with h5py.File(self.path, "r") as file:
            stored = file[self.address]
            if stored.ndim == 2 and len(self.shape) == 3:
                return self._rows(stored, key)
            order = list(range(len(self.shape)))
            order.insert(self.axis % len(self.shape), order.pop())
            values = np.asarray(stored[tuple(key[index] for index in order)])
            kept = [index for index in order if isinstance(key[index], slice)]
            return np.moveaxis(values, kept.index(len(self.shape) - 1), -1)

    def _rows(self, stored: Any, key: Sequence[Any]) -> NDArray[Any]:
        """Return a piece of a map with pixels in one dimension."""
        rows, width = range(self.shape[0])[key[0]], self.shape[1]
        values = np.asarray(stored[rows.start * width : rows.stop * width])
        return np.asarray(values.reshape(len(rows), width, -1)[:, key[1], key[2]])


@dataclass(frozen=True)
class ZarrCounts:
    """An array of a zarr store.

    Parameters
    ----------
    path
        The store.
    address
        Name of the array.
    type_name
        Type of its numbers, as numpy writes it.
    shape
        Sizes of the dimensions, the channels last.
    """

    path: Path
    address: str
    type_name: str
    shape: tuple[int, ...]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the numbers."""
        return np.dtype(self.type_name)

    def __getitem__(self, key: Any) -> NDArray[Any]:
        import zarr

        return np.asarray(zarr.open_group(self.path, mode="r")[self.address][key])
