import os
import subprocess
import sys
from pathlib import Path

import pytest

from folders import ROOT, THIRDPARTY

HEAVY = ("torch", "xarray", "matplotlib", "netCDF4", "scipy")
PLUGINS = ("toyspec", "specquant_xps", "specquant_eds")


def run(code: str) -> str:
    """Run code in a fresh interpreter that finds the toy plug-in, and return what it prints."""
    path = os.pathsep.join([str(THIRDPARTY), str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path}
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@pytest.mark.parametrize(
    "statement",
    [
        "import specquant; names = [t.name for t in specquant.list_techniques()]; assert 'toy' in names, names",
        "import specquant.discovery",
        "import specquant.technique",
        "import specquant.readers.working",
    ],
)
def test_neither_heavy_modules_nor_plugins_are_imported(statement: str) -> None:
    code = f"{statement}\nimport sys\nprint(*(set({HEAVY + PLUGINS}) & set(sys.modules)))"
    assert run(code) == ""


def test_the_first_answer_of_the_page_loads_nothing_that_draws() -> None:
    code = "from specquant.arraykinds import hide_unused; hide_unused()\n"
    code += "import specquant.app.bench, specquant.app.views, sys\n"
    drawing = ("matplotlib", "dask", "sparse", "specquant.maps")
    assert run(code + f"print(*(name for name in {drawing} if sys.modules.get(name)))") == ""


def test_loading_one_plugin_imports_that_one_only() -> None:
    code = "import specquant; specquant.load_technique('toy')\nimport sys\n"
    assert run(code + f"print(*(set({HEAVY + PLUGINS}) & set(sys.modules)))") == "toyspec"


def test_import_of_the_package_takes_no_time() -> None:
    code = "import time; start = time.process_time(); import specquant; print(time.process_time() - start)"
    fastest = min(float(run(code)) for _ in range(3))
    assert fastest < 0.3


def test_the_process_of_foreign_readers_starts_before_what_takes_long(tmp_path: Path) -> None:
    path = tmp_path / "a.nxs"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    code = f"""
import sys
from specquant.cli import main
from specquant.readers import opening

def start():
    print("started", *(set({HEAVY}) & set(sys.modules)))
    raise SystemExit

opening.start = start
sys.argv[1:] = ["quantify", "-t", "toy", {str(path)!r}]
main()
"""
    assert run(code) == "started"


def test_an_answer_loads_no_compiler_no_other_arrays_and_no_pictures(tmp_path: Path) -> None:
    from xpsfiles import two_columns

    (tmp_path / "a.csv").write_bytes(two_columns())
    unwanted = ("sympy", "dask", "sparse", "matplotlib", "scipy.optimize", "scipy.stats", "rich", "pytorch_optimizer")
    code = f"""
import sys
from specquant.cli import main
sys.argv[1:] = ["quantify", "-t", "xps", {str(tmp_path / "a.csv")!r}]
try:
    main()
finally:
    print("loaded:", *(name for name in {unwanted} if sys.modules.get(name)))
"""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False)
    assert "at%" in done.stdout
    assert done.stdout.splitlines()[-1] == "loaded:"
