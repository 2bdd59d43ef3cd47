"""Names of X-ray lines as people of the field write them.

Siegbahn's names by those of IUPAC: Jenkins, Manne, Robin and Senemaud, Pure Appl. Chem. 63 (1991) 735. Lines that a
detector never parts share a name: K-L2 and K-L3 are both Kα.
"""

_NAMES = {
    **dict.fromkeys(("K-L2", "K-L3"), "Kα"),
    **dict.fromkeys(("K-M2", "K-M3", "K-M4", "K-M5", "K-N2", "K-N3"), "Kβ"),
    **dict.fromkeys(("L3-M4", "L3-M5"), "Lα"),
    **dict.fromkeys(("L2-M4", "L1-M2", "L1-M3", "L3-N1", "L3-N4", "L3-N5", "L3-O4", "L3-O5"), "Lβ"),
    **dict.fromkeys(("L2-N1", "L2-N4", "L2-O4", "L1-N2", "L1-N3"), "Lγ"),
    "L3-M1": "Lℓ",
    "L2-M1": "Lη",
    **dict.fromkeys(("M5-N6", "M5-N7"), "Mα"),
    "M4-N6": "Mβ",
    "M3-N5": "Mγ",
    **dict.fromkeys(("M5-N3", "M4-N2"), "Mζ"),
}


def siegbahn(label: str) -> str:
    """Return the name of a line by its label ``inner-outer``; "" where the field writes it as it is."""
    return _NAMES.get(label, "")
