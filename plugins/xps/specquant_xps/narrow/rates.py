"""Intensities of narrow scans that can be compared: per second, at one setting of the analyser."""

from collections import Counter
from collections.abc import Sequence

from specquant.plugin import RATE, NarrowScan

_TIMES = ("collection_time", "dwell_time")
"""Keys of headers that hold the time of one channel in one scan, s."""


def seconds(scan: NarrowScan) -> float | None:
    """Return by what the intensities are to be divided, to be per second and scan; None where the file does not say."""
    scans = scan.header.get("scans", 1)
    if not isinstance(scans, int | float) or not scans > 0:
        return None
    if scan.header.get("intensity_unit") == RATE:
        return float(scans)
    times = [scan.header[key] for key in _TIMES if isinstance(scan.header.get(key), int | float)]
    return float(times[0] * scans) if times and times[0] > 0 and "scans" in scan.header else None


def other_setting(scans: Sequence[NarrowScan]) -> list[str]:
    """Return for every scan what of its analyser's setting differs from that of most; "" where nothing does."""
    settings = [tuple(scan.header.get(key) for key in ("pass_energy", "lens")) for scan in scans]
    if not settings:
        return []
    usual, _ = Counter(settings).most_common(1)[0]
    return [
        "" if one == usual else f"another setting of the analyser: {_text(one)}, not {_text(usual)}" for one in settings
    ]


def _text(setting: tuple[object, ...]) -> str:
    energy, lens = setting
    return f"pass energy {energy} eV" + (f", lens {lens}" if lens else "")
