"""The file formats this plug-in reads."""

from dataclasses import replace

from specquant.plugin import Fact, Reader, is_archive
from specquant_eds import archive, emsa, esprit, hdf5, mapfiles, spx
from specquant_eds.rosetta import ROSETTA_READERS

FILES: tuple[Reader, ...] = (
    Reader("EMSA/MAS", (".msa", ".emsa", ".ems", ".mas", ".txt"), emsa.sniff, emsa.read, takes=frozenset(Fact)),
    Reader(
        "Bruker Esprit text", (".txt",), esprit.sniff, esprit.read, takes=frozenset(Fact) - {Fact.MODE, Fact.TECHNIQUE}
    ),
    Reader("Bruker spx", (".spx",), spx.sniff, spx.read, takes=frozenset(Fact) - {Fact.MODE}),
    Reader(
        "HDF5",
        (".hspy", ".emd", ".h5oina", ".nxs", ".h5", ".hdf5"),
        hdf5.sniff,
        hdf5.read,
        foreign=True,
        takes=frozenset(Fact) - {Fact.DEAD_LAYER},
        open_map=mapfiles.open_hdf5,
        holds_maps=True,
    ),
    *(
        replace(reader, open_map=mapfiles.open_ripple) if ".rpl" in reader.suffixes else reader
        for reader in ROSETTA_READERS
    ),
)
"""Formats of single files, which may lie in an archive too."""

READERS: tuple[Reader, ...] = (
    *FILES,
    Reader("zip or gzip", (".zip", ".gz"), is_archive, archive.read, foreign=True),
)
