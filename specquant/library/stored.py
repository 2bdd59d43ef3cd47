"""A library read back from netCDF."""

from pathlib import Path

import xarray as xr

from specquant import contracts
from specquant.errors import SettingError
from specquant.library.base import PureLibrary
from specquant.readers import check_library
from specquant.technique import Technique


class StoredLibrary(PureLibrary):
    """A library as `PureLibrary.save` wrote it.

    Raises
    ------
    ReadError, ContractError
        If the file is missing, unreadable or holds something else.
    SettingError
        If it belongs to another technique, or holds no element or some that the technique does not know.
    """

    is_read = True

    def __init__(self, path: Path, technique: Technique) -> None:
        self._path = path
        self._technique = technique

    def build(self) -> xr.Dataset:
        """Read the file."""
        check_library(self._path)
        dataset = contracts.load(self._path, "LIBRARY")
        name = str(dataset.attrs.get("technique"))
        if name != self._technique.name:
            raise SettingError(
                "library of another technique", where=self._path, found=name, wanted=self._technique.name
            )
        contracts.check_unit(dataset, self._technique.axis.unit, str(self._path))
        elements = set(dataset["element"].values.tolist()) - {""}
        if not elements:
            raise SettingError("library holds no element", where=self._path)
        unknown = sorted(elements - set(self._technique.elements))
        if unknown:
            raise SettingError("library holds unknown elements", where=self._path, found=", ".join(unknown))
        return dataset
