"""Names of the atomic subshells and which of them xraylib and xraydb know under which name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Subshell:
    """One nlj subshell: X-ray name (``L3``), spectroscopic name (``2p3/2``), its orbital (``2p``), xraylib index."""

    xray: str
    name: str
    orbital: str
    index: int


def _subshells() -> tuple[Subshell, ...]:
    subshells: list[Subshell] = []
    for n, letter in ((1, "K"), (2, "L"), (3, "M"), (4, "N"), (5, "O"), (6, "P")):
        numbered = 0
        for momentum, symbol in enumerate("spd" if n == 6 else "spdf"[:n]):
            twice_j = (1,) if momentum == 0 else (2 * momentum - 1, 2 * momentum + 1)
            for j in twice_j:
                numbered += 1
                xray = letter if n == 1 else f"{letter}{numbered}"
                orbital = f"{n}{symbol}"
                name = orbital if momentum == 0 else f"{orbital}{j}/2"
                subshells.append(Subshell(xray, name, orbital, len(subshells)))
    return tuple(subshells)


SUBSHELLS = _subshells()
"""All subshells from 1s to 6f, in xraylib's order (K, L1, L2, L3, M1, ...; 5g and beyond do not occur)."""

BY_XRAY = {subshell.xray: subshell for subshell in SUBSHELLS}
