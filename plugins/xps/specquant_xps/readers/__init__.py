"""The file formats this plug-in reads."""

from specquant.plugin import Fact, Reader, is_archive
from specquant_xps.readers import (
    archive,
    casa,
    igor_text,
    nexus,
    omicron,
    phi,
    phi_text,
    scienta,
    specs_xy,
    thermo_avg,
    thermo_vgd,
    vamas,
)
from specquant_xps.readers.unreadable import UNREADABLE

_ALL = frozenset({Fact.BEAM, Fact.TIME, Fact.AXIS})
"""What every reader takes but that of PHI, which has no times."""

_THERMO = _ALL | {Fact.DETECTOR, Fact.MODE, Fact.SAMPLE}

FILES: tuple[Reader, ...] = (
    Reader(
        "VAMAS",
        (".vms", ".npl"),
        vamas.sniff,
        vamas.read,
        takes=_THERMO | {Fact.TECHNIQUE, Fact.INTENSITY, Fact.DATE},
    ),
    Reader("CasaXPS text", (".txt", ".csv"), casa.sniff, casa.read, takes=_ALL | {Fact.INTENSITY}),
    Reader(
        "PHI spe",
        (".spe",),
        phi.sniff,
        phi.read,
        takes=_THERMO - {Fact.TIME} | {Fact.TECHNIQUE, Fact.INTENSITY},
    ),
    Reader("PHI text", (".txt", ".asc"), phi_text.sniff, phi_text.read, takes=_ALL),
    Reader(
        "SPECS xy",
        (".xy",),
        specs_xy.sniff,
        specs_xy.read,
        takes=_ALL | {Fact.DETECTOR, Fact.MODE, Fact.INTENSITY, Fact.DATE},
    ),
    Reader(
        "Omicron EIS text",
        (".txt",),
        omicron.sniff,
        omicron.read,
        takes=_ALL | {Fact.MODE, Fact.TECHNIQUE, Fact.INTENSITY, Fact.SAMPLE},
    ),
    Reader("Scienta text", (".txt",), scienta.sniff, scienta.read, takes=_THERMO),
    Reader("Thermo avg", (".avg",), thermo_avg.sniff, thermo_avg.read, takes=_THERMO),
    Reader("Thermo vgd", (".vgd",), thermo_vgd.sniff, thermo_vgd.read, foreign=True, takes=_THERMO),
    Reader("Igor text", (".itx",), igor_text.sniff, igor_text.read, takes=_ALL | {Fact.MODE}),
    Reader(
        "NeXus",
        (".nxs", ".h5", ".hdf5"),
        nexus.sniff,
        nexus.read,
        foreign=True,
        takes=_ALL | {Fact.MODE, Fact.TECHNIQUE, Fact.INTENSITY, Fact.SAMPLE},
    ),
)
"""Formats of single files, which may lie in an archive too."""

READERS: tuple[Reader, ...] = (
    *FILES,
    Reader("zip or gzip", (".zip", ".gz"), is_archive, archive.read, foreign=True),
    UNREADABLE,
)
