"""Put the hash of its content into the card of model files: ``python -m specquant.learning.sealing FILE...``.

The weights stay as they are, bit for bit. It is for files that were written before cards had hashes, and says nothing
about whether a file is what it was then.
"""

import sys
from pathlib import Path

from specquant.learning.modelfile import read_model, write_model


def seal(path: Path) -> str:
    """Write a model file anew with the hash of its content, and return the hash.

    Raises
    ------
    ModelError
        If it is not a model file.
    """
    card, tensors = read_model(path)
    write_model(card, tensors, path)
    return read_model(path)[0].sha256


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        sys.stdout.write(f"{argument}: {seal(Path(argument))}\n")
