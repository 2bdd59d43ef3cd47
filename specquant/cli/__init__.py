"""The command line: ``specquant COMMAND``. Commands load only when they are used."""

import io
import sys

import click

from specquant.cli.interruption import remembered_interrupts
from specquant.cli.lazy import LazyGroup
from specquant.cli.printing import say
from specquant.cli.start import use_one_thread
from specquant.errors import SpecquantError

_COMMANDS = {
    "run": "Do the main job end to end and leave a report.",
    "quantify": "Say which elements are in measured spectra, and how much of each.",
    "evaluate": "Score every method on labelled or freshly drawn spectra.",
    "explain": "Show where a model reads each element.",
    "calibrate": "Find out about an instrument from spectra of known composition.",
    "library": "Print, plot or save the pure spectra, lines and sensitivity factors.",
    "synthesize": "Write synthetic spectra with known truth.",
    "train": "Train a network.",
    "study": "Train, score and compare many models.",
    "techniques": "List the installed techniques.",
}


@click.command(
    cls=LazyGroup,
    module="specquant.cli.",
    titles=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(package_name="specquant")
def cli() -> None:
    """Which elements are in a spectrum, how much of each, and why.

    Start with ``specquant quantify --technique xps FILE`` for a measured spectrum, or ``specquant run --technique xps``
    to see the whole way from pure elements to a report.
    """


def main() -> None:
    """Run the command line; every expected error is one line on standard error and exit code 1."""
    use_one_thread()
    try:
        with remembered_interrupts():
            code = cli.main(standalone_mode=False)
    except SpecquantError as error:
        _fail(f"error: {error}")
    except click.ClickException as error:
        told = io.StringIO()
        error.show(told)
        say(*told.getvalue().splitlines(), err=True)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        _fail("interrupted; nothing half-written was left. Long training goes on from its checkpoint when run again.")
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str) -> None:
    say(f"specquant: {message}", err=True)
    sys.exit(1)
