"""The file formats this plug-in reads."""

from specquant.technique import Reader
from specquant_xps.readers import vamas

READERS: tuple[Reader, ...] = (Reader("VAMAS", (".vms", ".npl"), vamas.sniff, vamas.read),)
