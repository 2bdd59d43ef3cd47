"""``python -m specquant``: the command line, where the command is not on the path."""

from specquant.cli import main

if __name__ == "__main__":
    main()
