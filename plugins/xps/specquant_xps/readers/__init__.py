"""The file formats this plug-in reads."""

from specquant.readers import is_archive
from specquant.technique import Reader
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

FILES: tuple[Reader, ...] = (
    Reader("VAMAS", (".vms", ".npl"), vamas.sniff, vamas.read),
    Reader("CasaXPS text", (".txt", ".csv"), casa.sniff, casa.read),
    Reader("PHI spe", (".spe",), phi.sniff, phi.read),
    Reader("PHI text", (".txt", ".asc"), phi_text.sniff, phi_text.read),
    Reader("SPECS xy", (".xy",), specs_xy.sniff, specs_xy.read),
    Reader("Omicron EIS text", (".txt",), omicron.sniff, omicron.read),
    Reader("Scienta text", (".txt",), scienta.sniff, scienta.read),
    Reader("Thermo avg", (".avg",), thermo_avg.sniff, thermo_avg.read),
    Reader("Thermo vgd", (".vgd",), thermo_vgd.sniff, thermo_vgd.read, foreign=True),
    Reader("Igor text", (".itx",), igor_text.sniff, igor_text.read),
    Reader("NeXus", (".nxs", ".h5", ".hdf5"), nexus.sniff, nexus.read, foreign=True),
)
"""Formats of single files, which may lie in an archive too."""

READERS: tuple[Reader, ...] = (
    *FILES,
    Reader("zip or gzip", (".zip", ".gz"), is_archive, archive.read, foreign=True),
    UNREADABLE,
)
