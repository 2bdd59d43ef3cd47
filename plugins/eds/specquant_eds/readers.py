"""The file formats this plug-in reads."""

from specquant.technique import Reader
from specquant_eds import emsa, spx

READERS: tuple[Reader, ...] = (
    Reader("EMSA/MAS", (".msa", ".emsa", ".ems", ".mas", ".txt"), emsa.sniff, emsa.read),
    Reader("Bruker spx", (".spx",), spx.sniff, spx.read),
)
