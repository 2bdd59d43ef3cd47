"""What the page has to know of a technique, so that a user can choose settings."""

from typing import Any

from specquant.session import Session
from specquant.technique import MAIN, Technique, strongest_peaks


def technique_facts(session: Session) -> dict[str, Any]:
    """Return the names and ranges of all that can be set."""
    technique = session.technique
    return {
        "name": technique.name,
        "title": technique.title,
        "elements": list(technique.elements),
        "methods": list(session.method_names),
        "unit": technique.axis.unit,
        "axis": technique.axis.label,
        "has_offset": technique.offset_model is not None,
        "has_oxides": bool(technique.valences),
        "references": _references(technique),
        "parameters": [
            {
                "name": parameter.name,
                "meaning": parameter.meaning,
                "unit": parameter.unit,
                "default": parameter.default,
                "low": parameter.low,
                "high": parameter.high,
                "required": parameter.required,
            }
            for parameter in technique.stated
        ],
    }


def _references(technique: Technique) -> list[dict[str, Any]]:
    """Return the line of every element that is offered as a reference: the strongest of its main ones, or of all."""
    main = strongest_peaks(peak for peak in technique.peaks if peak.group == MAIN)
    strongest = (strongest_peaks(technique.peaks) | main).values()
    digits = technique.axis.decimals
    return [{"line": f"{peak.element}{peak.label}", "energy": round(peak.energy, digits)} for peak in strongest]
