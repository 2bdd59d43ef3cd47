"""Distributions that stand in a folder, installed as pip would install them in place."""

import tomllib
from pathlib import Path


def write_metadata(project: Path, site: Path) -> None:
    """Write the .dist-info of a project's pyproject.toml into a folder of sys.path."""
    about = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = site / f"{about['name']}-{about['version']}.dist-info"
    info.mkdir(parents=True)
    needs = "".join(f"Requires-Dist: {need}\n" for need in about["dependencies"])
    (info / "METADATA").write_text(f"Name: {about['name']}\nVersion: {about['version']}\n{needs}")
    entries = about["entry-points"]["specquant"]
    (info / "entry_points.txt").write_text("[specquant]\n" + "".join(f"{k} = {v}\n" for k, v in entries.items()))
