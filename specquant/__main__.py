"""The command ``specquant``, and ``python -m specquant``, from its first moment on."""

import sys


def main() -> None:
    """Load the command line and run it; Ctrl-C while it loads, a tenth of a second, is one line as later on."""
    try:
        from specquant.cli import main as command_line
    except KeyboardInterrupt:
        sys.exit("specquant: interrupted before anything began.")
    command_line()


if __name__ == "__main__":
    main()
