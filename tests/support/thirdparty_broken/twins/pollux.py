"""One of two plug-ins that claim the name `twin`; neither may be imported."""

raise RuntimeError("pollux was imported")
