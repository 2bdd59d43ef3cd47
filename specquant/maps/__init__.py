"""Maps: phases, then every pixel, of maps of any size."""

from specquant.maps.quantifying import LEAST_COUNTS, SUFFIXES, MapResult, quantify_map
from specquant.maps.showing import summary_lines

__all__ = ["LEAST_COUNTS", "SUFFIXES", "MapResult", "quantify_map", "summary_lines"]
