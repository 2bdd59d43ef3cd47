"""A plug-in whose import ends the program."""

import sys

sys.exit("sunkspec needs a licence dongle")
