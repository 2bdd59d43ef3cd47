"""The check of what importing a plug-in does, in a process of its own."""

import os
import subprocess
import sys

from specquant.discovery import list_techniques
from specquant.testing.registry import Failed, Inapplicable, check, require
from specquant.testing.subject import Subject

_SECONDS = 120
"""How long an import may take, s; chosen, far above what any takes."""

_LOOKING = """
import importlib, os, random, sys
import numpy

def state():
    torch = sys.modules.get("torch")
    return {
        "the random numbers of numpy": repr(numpy.random.get_state()),
        "the random numbers of Python": repr(random.getstate()),
        "how numpy treats errors": repr(numpy.geterr()),
        "the working folder": os.getcwd(),
        "the type of numbers that torch makes": str(torch.get_default_dtype()) if torch else "torch.float32",
    }

before = state()
importlib.import_module(sys.argv[1])
after = state()
changed = [name for name in before if before[name] != after[name]]
if "torch" in sys.modules:
    changed.append("how long a start takes, by torch: import it where it is used")
sys.stdout.flush()
os.write(int(sys.argv[2]), "; ".join(changed).encode())
"""
"""A program that imports a module, and says through a file descriptor what that changed."""


@check("technique_is_valid", slow=True)
def importing_has_no_effect(subject: Subject) -> None:
    """Importing the module changes nothing that other code relies on, prints nothing, and does not import torch."""
    name = subject.plugin.technique.name
    modules = [each.module for each in list_techniques() if each.name == name and each.module]
    if not modules:
        raise Inapplicable("the plug-in is registered, not installed")
    require_no_effect(modules[0])


def require_no_effect(module: str) -> None:
    """Raise `Failed` with what importing a module changes or prints."""
    path = os.pathsep.join(folder for folder in sys.path if folder)
    into, out_of = os.pipe()
    try:
        done = subprocess.run(
            [sys.executable, "-c", _LOOKING, module, str(out_of)],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            env={**os.environ, "PYTHONPATH": path},
            pass_fds=(out_of,),
            check=False,
        )
    finally:
        os.close(out_of)
    with os.fdopen(into) as pipe:
        changed = pipe.read()
    if done.returncode:
        raise Failed(f"{module} cannot be imported alone: {(done.stderr.strip() or 'no reason').splitlines()[-1]}")
    printed = (done.stdout + done.stderr).strip()
    require(not changed, f"importing {module} changes {changed}")
    require(not printed, f"importing {module} prints {printed[:80]!r}")
