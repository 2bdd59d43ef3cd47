"""The command line: ``specquant COMMAND``. Commands load only when they are used."""

import io
import sys

import click

from specquant.cli.lazy import LazyGroup
from specquant.cli.printing import begin_output, end_of_output, say, tell
from specquant.cli.start import collect_less_often, only_own_arrays
from specquant.cli.status import begin_status, clear_status
from specquant.errors import SpecquantError
from specquant.interrupts import ended_by, heeded_signals, work_is_over
from specquant.threads import use_one_thread

_COMMANDS = {
    "example": "Write a spectrum to begin with.",
    "run": "Do the main job end to end and leave a report.",
    "quantify": "Say which elements are in measured spectra, and how much of each.",
    "app": "Open a page to drop spectra on.",
    "profile": "Say how the composition changes along a series of spectra.",
    "evaluate": "Score every method on labelled or freshly drawn spectra.",
    "explain": "Show where a model reads each element.",
    "calibrate": "Find out about an instrument from spectra of known composition.",
    "library": "Print, plot or save the pure spectra, lines and sensitivity factors.",
    "synthesize": "Write synthetic spectra with known truth.",
    "train": "Train a network.",
    "trust": "Learn how far answers are to be doubted.",
    "study": "Train, score and compare many models.",
    "techniques": "List the installed techniques.",
    "new-plugin": "Write the project of a plug-in, to be changed from there.",
    "check": "Check a plug-in, as its users will meet it.",
    "plugins": "Show what every installed plug-in brings, and why one that fails does.",
}


@click.command(
    cls=LazyGroup,
    module="specquant.cli.",
    titles=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(package_name="specquant")
@click.option("--progress", is_flag=True, help="Say what is going on also where standard error is not a terminal.")
def cli(progress: bool) -> None:
    """Which elements are in a spectrum, how much of each, and why.

    Start with ``specquant quantify --technique xps FILE`` for a measured spectrum, or ``specquant run --technique xps``
    to see the whole way from pure elements to a report.
    """
    begin_status(progress)


def main() -> None:
    """Run the command line; every expected error is one line on standard error and exit code 1."""
    use_one_thread()
    collect_less_often()
    begin_output()
    with heeded_signals(), only_own_arrays():
        code = _code()
    sys.exit(code)


def _code() -> int:
    """Run the command line and return its exit code."""
    try:
        try:
            code = cli.main(standalone_mode=False)
            ended = end_of_output()
        finally:
            clear_status()
            work_is_over()
    except SpecquantError as error:
        return _failed(f"error: {error}")
    except click.ClickException as error:
        usage = io.StringIO()
        error.show(usage)
        say(*usage.getvalue().splitlines(), err=True)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        by = f" by {ended_by()}" if ended_by() else ""
        return _failed(
            f"interrupted{by}; nothing half-written was left. Long work goes on from its checkpoint when run again."
        )
    except OSError as error:  # of the terminal, mostly: what is written to files has errors of ours
        return _failed(f"error: {error.filename or 'standard output'}: {error.strerror or error}")
    return _failed(f"error: {ended}") if ended else code if isinstance(code, int) else 0


def _failed(message: str) -> int:
    tell(message)
    return 1
