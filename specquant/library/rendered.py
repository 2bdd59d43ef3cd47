"""A library rendered from the technique's physics, or, for a minimal technique, from its peak table."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from specquant.errors import SettingError
from specquant.library.base import RENDERED, PureLibrary, as_dataset
from specquant.library.cache import Arrays, rendered_once
from specquant.technique import Component, EnergyAxis, Floats, Peak, Technique
from specquant.technique.bridging import bridged_response


class RenderedLibrary(PureLibrary):
    """Pure spectra from physics; `values` are instrument parameters that differ from their defaults.

    Raises
    ------
    SettingError
        If a parameter is unknown or out of its valid range.
    """

    def __init__(self, technique: Technique, values: Mapping[str, float] | None = None) -> None:
        self._technique = technique
        self._values = technique.defaults() | dict(values or {})
        known = {parameter.name: parameter for parameter in technique.parameters}
        for name, value in self._values.items():
            if name not in known:
                raise SettingError("no such instrument parameter", found=name, wanted=f"one of {', '.join(known)}")
            if not known[name].holds(value):
                raise SettingError(
                    "instrument parameter out of range", where=name, found=value, wanted=known[name].span
                )

    is_rendered = True
    """It need not be rendered to know that."""

    def build(self) -> xr.Dataset:
        """Render all components on the technique's axis, extended by its margin; or find them rendered on disk."""
        technique = self._technique
        axis = technique.axis.padded(technique.margin)
        arrays = rendered_once(technique, self._values, lambda: self._rendered(axis))
        names = (arrays[name].tolist() for name in ("element", "label", "group"))
        components = [Component(*each) for each in zip(*names, arrays["density"], strict=True)]
        dataset = as_dataset(components, axis, technique.name, RENDERED)
        if self._values:
            dataset["parameter_value"] = ("parameter", [float(value) for value in self._values.values()])
            dataset = dataset.assign_coords(parameter=list(self._values))
        if "primary" in arrays:
            dataset["primary"] = dataset["density"].copy(data=arrays["primary"])
            dataset["primary"].attrs["long_name"] = "bare lines before the response"
        return dataset

    def _rendered(self, axis: EnergyAxis) -> Arrays:
        """Return element, label, group (component,), density and, before a response, primary (component, energy)."""
        technique = self._technique
        if technique.render is not None:
            components = technique.render(axis, self._values)
        else:
            components = components_from_peaks(axis, technique.peaks)
        arrays: dict[str, NDArray[np.generic]] = {
            name: np.array([getattr(component, name) for component in components])
            for name in ("element", "label", "group")
        }
        bare = np.stack([component.density for component in components])
        if technique.response is None:
            return {**arrays, "density": bare}
        return {**arrays, "primary": bare, "density": self._respond(axis, bare)}

    def _respond(self, axis: EnergyAxis, primary: Floats) -> Floats:
        assert self._technique.response is not None
        response = bridged_response(self._technique.response(axis))
        values = {name: np.full(len(primary), value, dtype=np.float32) for name, value in self._values.items()}
        return np.asarray(response(primary.astype(np.float32), values), dtype=np.float64)


def components_from_peaks(axis: EnergyAxis, peaks: Sequence[Peak]) -> list[Component]:
    """Return one component per element and group of peaks: Gaussians of FWHM `width`, averaged over each channel.

    Parameters
    ----------
    axis
        Axis of the components.
    peaks
        Lines; `intensity` is the area in the unit of the sensitivity factors, `width` the FWHM in the unit of
        the axis.
    """
    from scipy.special import erf  # its import takes long, and a library may be on disk

    groups: dict[tuple[str, str], list[Peak]] = {}
    for peak in peaks:
        groups.setdefault((peak.element, peak.group), []).append(peak)
    edges = axis.start + axis.step * (np.arange(axis.size + 1) - 0.5)
    components = []
    for (element, group), members in groups.items():
        cumulative = sum(
            peak.intensity * 0.5 * erf((edges - peak.energy) * 2 * np.sqrt(np.log(2)) / peak.width) for peak in members
        )
        components.append(Component(element, group, group, np.clip(np.diff(cumulative), 0, None) / axis.step))
    return components
