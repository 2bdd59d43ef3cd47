"""What the page shows beside tables: figures, reasons, images of maps, and files to save."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from specquant.app.bench import Bench, Content, Say
from specquant.app.exporting import exported, sample_of, titled
from specquant.app.mapviews import map_content, map_figure_of
from specquant.app.reasons import lime_reasons, line_evidence
from specquant.app.settings import Settings
from specquant.errors import SettingError
from specquant.explainers import PeakProbe
from specquant.learning import NetworkQuantifier
from specquant.report.answers import found_elements
from specquant.report.energyscale import EnergyScale
from specquant.report.interactive import overlay_of

_PICTURES = ("svg", "png")
"""Formats of pictures, of what a view of the page shows."""

_MAP = "map.nc"
"""Format of a map with every pixel."""


def _figure(bench: Bench, content: Content, _say: Say) -> dict[str, Any]:
    """Return one figure of some spectra of one technique: the first with its fit, the others over it."""
    answered = [bench.answered(target) for target in content["targets"]]
    names = {one.session.technique.name for one in answered}
    if len(names) != 1:
        raise SettingError(
            "spectra of several techniques have no common axis",
            where="figure",
            found=", ".join(sorted(names)) or "no spectrum",
            wanted="spectra of one technique",
        )
    return overlay_of(titled(answered, content), answered[0].session.technique).as_json()


def _evidence(bench: Bench, content: Content, _say: Say) -> dict[str, Any]:
    answered = bench.answered(content)
    technique, sample = answered.session.technique, sample_of(answered)
    rows = [] if sample.modelled is None else line_evidence(sample.modelled, technique, found_elements(sample))
    return {"elements": rows, "unit": EnergyScale(technique.axis).unit}


def _lime(bench: Bench, content: Content, _say: Say) -> dict[str, Any]:
    answered = bench.answered(content)
    technique, sample = answered.session.technique, sample_of(answered, explained=True)
    if sample.lime is None:
        return {"elements": [], "method": ""}
    rows = lime_reasons(sample.lime, technique, found_elements(sample))
    return {"elements": rows, "method": str(sample.lime.attrs.get("method", ""))}


def _reads(bench: Bench, content: Content, _say: Say) -> dict[str, str]:
    """Return where a technique's network reads each element, as a picture: it is the same for all spectra."""
    from specquant.report import map_figure
    from specquant.report.figures.embedding import data_uri

    session = bench.base(Settings.of(content["settings"]).technique)
    network = session.explained
    if not isinstance(network, NetworkQuantifier):
        raise SettingError("has no network to look into", where=session.technique.name)
    return {"picture": data_uri(map_figure(PeakProbe().explain(network), session.technique), raster=True)}


def _map(bench: Bench, content: Content, say: Say) -> Any:
    """Return the images of a map, its phases, and its mean spectrum; how far it is goes to `say`."""
    path, settings = Path(content["path"]), Settings.of(content["settings"])
    result, technique = bench.mapped(path, settings, say), bench.base(settings.technique).technique
    mean = bench.on_axis(path, settings, result.plan.total) / result.plan.labels.size
    highest = bench.on_axis(path, settings, result.plan.highest)
    return map_content(result, settings, map_figure_of(result, technique, mean, highest))


def _export(bench: Bench, content: Content, _say: Say) -> list[str]:
    kind, folder = content["format"], Path(content["folder"])
    if kind in _PICTURES:
        from specquant.app.picturing import pictured  # with what draws, which takes time to load

        return list(map(str, pictured(bench, content, kind)))
    if kind == _MAP:
        target = content["targets"][0]
        result = bench.mapped(Path(target["path"]), Settings.of(target["settings"]))
        result.dataset.to_netcdf(folder / "specquant-map.nc", engine="netcdf4")
        return [str(folder / "specquant-map.nc")]
    answered = [bench.answered(target) for target in content["targets"]]
    return list(map(str, exported(answered, kind, folder, content["command"], content.get("unused", ()))))


VIEWS: Mapping[str, Callable[[Bench, Content, Say], Any]] = {
    "figure": _figure,
    "evidence": _evidence,
    "lime": _lime,
    "reads": _reads,
    "map": _map,
    "export": _export,
}
"""What can be asked for, by its name in requests."""
