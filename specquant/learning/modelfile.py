"""Model files: safetensors weights with a JSON header that holds all that is needed to use them."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from specquant.arrays import Array, in_numpy, in_torch
from specquant.errors import ModelError
from specquant.filekinds import WEIGHTS, kind_of
from specquant.files import atomic_path
from specquant.learning.card import FINGERPRINT, ModelCard
from specquant.typed import parse_json, reason

if TYPE_CHECKING:
    from torch import Tensor

Weights = Mapping[str, NDArray[Any]]
"""Weights by name."""

FORMAT = 2
"""Version of model files: another one is refused, not half read."""

_VARIANCE = "running_var"
"""End of the names of variances that batch norm keeps."""

_COUNTER = "num_batches_tracked"
"""End of the names of the counters of batch norms."""

_TYPES = ("float16", "float32", "int64")
"""Types of weights, and of the counter of a batch norm."""

_WANTED = "float16, float32, or int64 for counters"

_WRITTEN = {"elements", "axis", "stated", "seen", "ranges", "interval", "settings"}
"""Entries that every card has, some of them empty."""

_DEEPEST = 4
"""Levels of the settings of a network: a list of kinds of instrument, each with its values, is the deepest written."""


def save_model(card: ModelCard, weights: Mapping[str, Array], path: Path) -> Path:
    """Write weights (as half precision, which changes no fraction by more than about 0.001) and card to `path`.

    Raises
    ------
    ModelError
        If a weight is not finite.
    OutputError
        If it cannot be written there.
    """
    halves = {name: _half(in_numpy(tensor)) for name, tensor in weights.items()}
    _check_numbers(halves, path, "Train it with a lower --learning-rate.")
    return write_model(card, halves, path)


def write_model(card: ModelCard, tensors: Mapping[str, Array], path: Path) -> Path:
    """Write arrays as they are, and the card with the hash of it all; the same content gives the same bytes.

    Raises
    ------
    ModelError
        If the card holds what no card can.
    OutputError
        If it cannot be written there.
    """
    card = _card(json.dumps(asdict(card)), path)  # as it will be read
    sealed = replace(card, sha256=content_hash(card, tensors))
    header = {"specquant_model": str(FORMAT), "card": json.dumps(asdict(sealed), allow_nan=False)}
    with atomic_path(path) as partial:
        partial.write_bytes(_in_order(save({name: in_numpy(array) for name, array in tensors.items()}, header)))
    return path


def _in_order(content: bytes) -> bytes:
    """Return a safetensors file with the entries of its header in order: the library writes them in any."""
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the tensors stay aligned
    return len(text).to_bytes(8, "little") + text + content[8 + size :]


def content_hash(card: ModelCard, tensors: Mapping[str, Array]) -> str:
    """Return the SHA-256 of all that a card says but its own hash, and of tensors, hexadecimal."""
    content = json.dumps(asdict(replace(card, sha256="")), sort_keys=True, allow_nan=False)
    return tensors_hash(content, tensors)


def tensors_hash(content: str, tensors: Mapping[str, Array]) -> str:
    """Return the SHA-256 of a text and of tensors, by name, type, shape and bytes."""
    digest = sha256(content.encode())
    for name in sorted(tensors):
        array = in_numpy(tensors[name])
        digest.update(json.dumps([name, f"torch.{array.dtype.name}", list(array.shape)]).encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def load_arrays(path: Path) -> tuple[ModelCard, dict[str, NDArray[Any]]]:
    """Read a model file by numpy, and check that its content is what was written.

    Raises
    ------
    ModelError
        If it is missing, damaged, no model of specquant, or of another version of it.
    """
    if not path.is_file():
        raise ModelError("no such model file", where=path, todo="Give the path of a .safetensors file.")
    card, stored = read_model(path)
    if card.sha256 != content_hash(card, stored):
        raise ModelError(
            "model was changed after it was written",
            where=path,
            found=f"content {content_hash(card, stored)[:FINGERPRINT]}",
            wanted=card.fingerprint or "the hash of its content in its card",
            todo="Copy or train it again.",
        )
    _check_numbers(stored, path, "Copy or train it again.")
    return card, {name: array.astype(np.float32) if _is_real(array) else array for name, array in stored.items()}


def load_model(path: Path) -> "tuple[ModelCard, dict[str, Tensor]]":
    """Return the card and the tensors of a model file by torch; errors as of `load_arrays`."""
    card, arrays = load_arrays(path)
    return card, {name: in_torch(array) for name, array in arrays.items()}


def read_model(path: Path) -> tuple[ModelCard, dict[str, NDArray[Any]]]:
    """Return card and arrays as they stand in a file, its hash not checked; errors as of `load_arrays`."""
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            _check_format(metadata, path)
            card = _card(metadata.get("card", ""), path)
            stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, RuntimeError, OverflowError, MemoryError) as error:
        raise _unreadable(path, error) from error
    strange = [f"{name} {tensor.dtype}" for name, tensor in stored.items() if tensor.dtype.name not in _TYPES]
    if strange:
        raise ModelError("weights of another type", where=path, found=", ".join(strange[:3]), wanted=_WANTED)
    return card, stored


def _unreadable(path: Path, error: Exception) -> ModelError:
    """Return the error of a file of which weights cannot be read."""
    if isinstance(error, OSError):
        return ModelError("model file cannot be read", where=path, found=reason(error))
    kind = kind_of(path)
    if kind != WEIGHTS:
        wanted = "a .safetensors file that specquant train wrote"
        return ModelError("is not a model file", where=path, found=kind, wanted=wanted)
    length = f"{path.stat().st_size} bytes, which are not those that its header states"
    return ModelError("damaged model file", where=path, found=length, todo="Copy or train it again.")


def _check_numbers(tensors: Weights, path: Path, todo: str) -> None:
    broken = sorted(name for name, tensor in tensors.items() if not np.isfinite(tensor).all())
    if broken:
        raise ModelError("damaged weights", where=path, found=f"not finite: {', '.join(broken[:3])}", todo=todo)
    negative = sorted(name for name, tensor in tensors.items() if name.endswith(_VARIANCE) and (tensor < 0).any())
    if negative:
        raise ModelError("damaged weights", where=path, found=f"negative: {', '.join(negative[:3])}", todo=todo)


def check_weights(weights: Weights, wanted: Mapping[str, tuple[int, ...]], path: Path) -> None:
    """Refuse weights with other names, types or shapes than those of a network; counters are whole numbers.

    Raises
    ------
    ModelError
        If they are not its own.
    """
    of_network = {name: (shape, not name.endswith(_COUNTER)) for name, shape in wanted.items()}
    given = {name: (array.shape, _is_real(array)) for name, array in weights.items()}
    if given != of_network:
        differing = next(name for name in {**of_network, **given} if given.get(name) != of_network.get(name))
        shapes = [str(one[differing][0]) if differing in one else "none" for one in (given, of_network)]
        raise ModelError(
            "weights do not fit the network", where=path, found=f"{differing} {shapes[0]}", wanted=shapes[1]
        )


def _is_real(array: NDArray[Any]) -> bool:
    return array.dtype.kind == "f"


def _half(array: NDArray[Any]) -> NDArray[Any]:
    """Return real numbers in half precision; those that are too large for it are infinite."""
    with np.errstate(over="ignore"):
        return array.astype(np.float16) if _is_real(array) else array


def _check_format(metadata: Mapping[str, str], path: Path) -> None:
    if "specquant_model" not in metadata:
        raise ModelError("not a model of specquant", where=path, found="no header")
    if metadata["specquant_model"] != str(FORMAT):
        raise ModelError(
            "model of another version of specquant",
            where=path,
            found=f"format {metadata['specquant_model']}",
            wanted=f"format {FORMAT}",
            todo="Train it again with this version.",
        )


def _card(text: str, path: Path) -> ModelCard:
    """Return the card of a file's JSON."""
    try:
        card, content = parse_json(text, ModelCard), json.loads(text)
        if not set(content) >= _WRITTEN or set(content["interval"]) != {"edges", "low", "high", "log_odds"}:
            raise ValueError("incomplete")
        _check_depth(card.settings)
    except ValueError as error:
        raise ModelError("damaged model header", where=path, found=error, todo="Copy or train it again.") from error
    return replace(card, settings=_with_tuples(card.settings))


def _check_depth(settings: Any, depth: int = 0) -> None:
    """Raise ValueError if settings are nested more deeply than any that are written."""
    if depth > _DEEPEST:
        raise ValueError("settings are nested too deeply")
    for entry in settings.values() if isinstance(settings, dict) else settings if isinstance(settings, list) else ():
        _check_depth(entry, depth + 1)


def _with_tuples(value: Any) -> Any:
    """Return a value of JSON with tuples in place of its lists, as it was before it was written."""
    if isinstance(value, dict):
        return {name: _with_tuples(entry) for name, entry in value.items()}
    return tuple(map(_with_tuples, value)) if isinstance(value, list) else value
