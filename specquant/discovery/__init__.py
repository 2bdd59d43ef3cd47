"""Finding technique plug-ins by their entry points, and loading the one asked for.

Listing reads metadata and imports no plug-in. Loading imports one plug-in, so that a broken neighbour does no harm.
"""

from specquant.discovery.hooks import CORE_EXPLAINERS, CORE_METHODS
from specquant.discovery.installed import GROUP, InstalledTechnique, misplaced, origin_of
from specquant.discovery.loading import Plugin, list_techniques, load_plugin, load_technique, register, unregister

__all__ = [
    "CORE_EXPLAINERS",
    "CORE_METHODS",
    "GROUP",
    "InstalledTechnique",
    "Plugin",
    "list_techniques",
    "load_plugin",
    "load_technique",
    "misplaced",
    "origin_of",
    "register",
    "unregister",
]
