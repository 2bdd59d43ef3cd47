"""Figures of the page: those of the report, as data for the browser."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from specquant.errors import SettingError
from specquant.explainers import PeakProbe
from specquant.learning import NetworkQuantifier
from specquant.report import SampleResult, map_figure
from specquant.report.figures.embedding import data_uri
from specquant.report.figures.style import EnergyScale
from specquant.report.interactive import overlay_of
from specquant.session import Session
from specquant.technique import Technique


@dataclass(frozen=True)
class Drawn:
    """One spectrum to be drawn, under a title."""

    technique: Technique
    sample: SampleResult
    title: str


def figure_json(drawn: Sequence[Drawn]) -> dict[str, Any]:
    """Return one figure of some spectra of one technique: the first with its fit, the others over it.

    Raises
    ------
    SettingError
        If there is none, or they are of several techniques.
    """
    names = {one.technique.name for one in drawn}
    if len(names) != 1:
        raise SettingError(
            "spectra of several techniques have no common axis",
            where="figure",
            found=", ".join(sorted(names)) or "no spectrum",
            wanted="spectra of one technique",
        )
    samples = [replace(one.sample, name=one.title) for one in drawn]
    return overlay_of(samples, drawn[0].technique).as_json()


def unit_of(technique: Technique) -> str:
    """Return the unit in which people read a technique's energies."""
    return EnergyScale(technique.axis).unit


def reading_picture(session: Session) -> str:
    """Return a picture, as a ``data:`` address, of where the network of a technique reads each element.

    Raises
    ------
    SettingError
        If the technique has no network.
    """
    network = session.explained
    if not isinstance(network, NetworkQuantifier):
        raise SettingError("has no network to look into", where=session.technique.name)
    return data_uri(map_figure(PeakProbe().explain(network), session.technique))
