"""Spoil files of specquant's own and see that reading them ends in a good object or in one clear line of an error.

Models and offset models, checkpoints of trainings, journals, instrument files, records and scores of studies, tables of
labels and of priors, libraries, rendered ones in the cache, spectra, and those to learn from, all of the made-up
techniques toy and bulk::

    python tests/support/auxfuzz.py --files 10000
    pytest -m fuzz -s tests/faults/test_auxfuzz.py

What has a hash is spoilt in two ways: as it is, which the hash tells, and with the hash put right again afterwards. Of
datasets, the variables are spoilt too, not the bytes alone. ``--first SEED --files 1`` does one file again.
"""

import faulthandler
import io
import json
import os
import random
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xarray as xr
from safetensors import safe_open
from safetensors.torch import load, save

import fuzz
from folders import THIRDPARTY
from specquant import contracts
from specquant.discovery import load_plugin
from specquant.errors import SpecquantError
from specquant.evaluation import read_labels
from specquant.instrument import (
    Instrument,
    OffsetFinder,
    for_offsets,
    load_instrument,
    save_instrument,
    train_offset_finder,
)
from specquant.journal import checkpoint_beside
from specquant.learning import NetworkQuantifier, TrainingPlan, TrainingRun, TrainingSet, train_network
from specquant.learning.checkpoints import Checkpoint
from specquant.learning.modelfile import tensors_hash
from specquant.learning.networks import NETWORKS, build
from specquant.learning.sealing import seal
from specquant.learning.training import UPDATES, _optimizer
from specquant.library import MeasuredLibrary, RenderedLibrary, StoredLibrary, pure_spectra
from specquant.library.cache import VARIABLE
from specquant.readers import read_file
from specquant.recipes import Uniform
from specquant.recipes.priors import read_weights
from specquant.session import Session, open_session
from specquant.session.fileresults import FileResult
from specquant.session.keeping import kept_answers
from specquant.spectra import Spectra
from specquant.study.article.ledger import Ledger
from specquant.study.trainings import Record, Training, load_record
from specquant.synthesizer import BLOCK, FixedSpectra, synthesizer_of
from specquant.synthesizer.writing import write_spectra
from specquant.technique import Technique

TERMS = {"--recipe": "article", "--seed": "1"}
PLAN = TrainingPlan(2 * BLOCK, seed=1)
SMALL = replace(NETWORKS["cnn"], sizes={"channels": (4, 4, 4)})
_ODD = (
    None,
    True,
    float("inf"),
    -1,
    0,
    1e308,
    -1e308,
    10**12,
    10**30,
    0.5,
    "",
    "nan",
    "x" * 3000,
    [],
    {},
    [[[[[1]]]]],
    {"a": {}},
)
"""Put in place of an entry of JSON."""


class Stopped(Exception):  # noqa: N818 - no error
    """Work is broken off on purpose."""


@dataclass(frozen=True)
class Own:
    """A file of our own to spoil: its kind and suffix, content, how it is spoilt, and how it is read."""

    name: str
    suffix: str
    data: bytes
    spoil: Callable[[bytes, random.Random, Path], bytes]
    load: Callable[[Path], None]

    def write(self, seed: int, work: Path, chance: random.Random) -> Path:
        path = work / f"{seed}{self.suffix}"
        path.write_bytes(self.spoil(self.data, chance, work / f"{seed}.scratch"))
        return path

    def outcome(self, path: Path) -> str:
        try:
            self.load(path)
        except SpecquantError as error:
            return f"{self.name}: {fuzz.refusal(error)}"
        return f"{self.name}: read"


# How files are spoilt


def as_bytes(data: bytes, chance: random.Random, scratch: Path) -> bytes:
    del scratch
    return fuzz.spoilt(data, chance)


def as_json(data: bytes, chance: random.Random, scratch: Path) -> bytes:
    """Spoil the text, or put something else in place of an entry, or in it."""
    del scratch
    if chance.random() < 0.4:
        return fuzz.spoilt(data, chance)
    content = json.loads(data)
    for _ in range(chance.choice((1, 1, 2))):
        _spoil_entry(content, chance)
    return json.dumps(content).encode()


def _spoil_entry(content: Any, chance: random.Random) -> None:
    while isinstance(content, dict | list) and content:
        key = chance.choice(list(content) if isinstance(content, dict) else range(len(content)))
        if isinstance(content[key], dict | list) and content[key] and chance.random() < 0.7:
            content = content[key]
            continue
        way = chance.choice(("other", "other", "away", "new"))
        if way == "away":
            del content[key]
        elif way == "new" and isinstance(content, dict):
            content[chance.choice(("strange", "y" * 2500, ""))] = chance.choice(_ODD)
        else:
            content[key] = chance.choice(_ODD)
        return


def _apart(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Return header and tensors of safetensors."""
    size = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + size]), data[8 + size :]


def _together(header: bytes, tensors: bytes) -> bytes:
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + tensors


def _with_header(data: bytes, key: str, chance: random.Random, scratch: Path) -> bytes:
    """Spoil the description of the tensors, or the JSON that stands in the metadata under a key."""
    header, tensors = _apart(data)
    if chance.random() < 0.2:
        return _together(as_json(json.dumps(header).encode(), chance, scratch), tensors)
    if chance.random() < 0.3:
        tensors = (fuzz.spoilt(tensors, chance) + tensors)[: len(tensors)]
    text = as_json(header["__metadata__"][key].encode(), chance, scratch).decode("utf-8", "replace")
    header["__metadata__"][key] = text
    return _together(json.dumps(header).encode(), tensors)


def model_sealed(data: bytes, chance: random.Random, scratch: Path) -> bytes:
    changed = _with_header(data, "card", chance, scratch)
    scratch.write_bytes(changed)
    try:
        seal(scratch)
    except SpecquantError:
        return changed
    return scratch.read_bytes()


def checkpoint_sealed(data: bytes, chance: random.Random, scratch: Path) -> bytes:
    changed = _with_header(data, "header", chance, scratch)
    with suppress(Exception):
        header, _ = _apart(changed)
        state, content = load(changed), json.loads(header["__metadata__"]["header"])
        del content["sha256"]
        content["sha256"] = tensors_hash(json.dumps(content, sort_keys=True), state)
        return save(state, {**header["__metadata__"], "header": json.dumps(content)})
    return changed


def journal_sealed(data: bytes, chance: random.Random, scratch: Path) -> bytes:
    """Spoil one record of a journal, its line or its content, and put its hash right."""
    records, position = [], 0
    while position < len(data):
        end = data.index(b"\n", position) + 1
        head = json.loads(data[position:end])
        records.append((head, data[end : end + head["bytes"]]))
        position = end + head["bytes"]
    number = chance.randrange(len(records))
    parts = []
    for index, (head, content) in enumerate(records):
        if index != number:
            parts.append(json.dumps(head).encode() + b"\n" + content)
            continue
        if content[:1] == b"{":
            content = as_json(content, chance, scratch)
        elif chance.random() < 0.7:
            content = fuzz.spoilt(content, chance)
        head = {**head, "bytes": len(content), "sha256": sha256(content).hexdigest()}
        if chance.random() < 0.5:
            _spoil_entry(head, chance)
        parts.append(json.dumps(head).encode() + b"\n" + content)
    return b"".join(parts)


def as_dataset(data: bytes, chance: random.Random, scratch: Path) -> bytes:
    """Spoil the bytes, or a variable, coordinate, dimension or attribute."""
    if chance.random() < 0.5:
        return fuzz.spoilt(data, chance)
    scratch.write_bytes(data)
    with xr.open_dataset(scratch, engine="netcdf4") as opened:
        dataset = opened.load()
    with suppress(Exception):  # what xarray cannot write stays as it was
        for _ in range(chance.choice((1, 1, 2))):
            dataset = _spoilt_dataset(dataset, chance)
        dataset.to_netcdf(scratch, engine="netcdf4")
    return scratch.read_bytes()


def _spoilt_dataset(dataset: xr.Dataset, chance: random.Random) -> xr.Dataset:
    name = chance.choice(sorted(map(str, dataset.variables)))
    if name == "facts":
        texts = dataset["facts"].values.astype(object)
        texts[0] = as_json(str(texts[0]).encode(), chance, Path()).decode("utf-8", "replace")
        return dataset.assign(facts=(dataset["facts"].dims, texts))
    variable = dataset.variables[name]
    dim = chance.choice(sorted(map(str, dataset.sizes)))
    way = chance.choice(("value", "value", "type", "drop", "rename", "shorten", "attribute", "text", "scalar", "empty"))
    if way == "value" and variable.dtype.kind in "iuf" and variable.size:
        values = variable.values.copy()
        some = slice(None) if chance.random() < 0.2 else chance.randrange(values.size)
        values.reshape(-1)[some] = np.array(chance.choice((np.nan, np.inf, -1.0, 0.0, 1e300, 2.0))).astype(values.dtype)
        return dataset.assign({name: (variable.dims, values)})
    if way == "type":
        kind = chance.choice(("datetime64[ns]", "complex128", "int8", "float32", "timedelta64[ns]", "uint64"))
        return dataset.assign({name: (variable.dims, np.zeros(variable.shape, kind))})
    if way == "drop":
        return dataset.drop_vars(name)
    if way == "rename":
        return dataset.rename({dim: chance.choice(("other", "nothing"))})
    if way in ("shorten", "empty"):
        return dataset.isel({dim: slice(0, 0 if way == "empty" else max(dataset.sizes[dim] - 1, 0))})
    if way == "text":
        return dataset.assign({name: (variable.dims, np.full(variable.shape, chance.choice(("", "Xx", "x" * 3000))))})
    if way == "scalar":
        return dataset.assign({name: ((), chance.choice((1.0, np.nan, "text")))})
    attrs = chance.choice((dataset.attrs, variable.attrs))
    attrs[chance.choice([*map(str, attrs), "units", "contract"])] = chance.choice(
        (0, "x" * 3000, "", [1.0, 2.0], -1e308)
    )
    return dataset


# How they are made and read


@cache
def technique(name: str) -> Technique:
    return load_plugin(name).technique


@cache
def session() -> Session:
    return open_session("toy")


@cache
def spectra() -> Spectra:
    toy = technique("toy")
    synthesizer = synthesizer_of(toy, session().library, toy.recipes["article"], 1)
    return Spectra.of(synthesizer.spectra(0, 3), toy, "made up")


def _csv(folder: Path, name: str = "a.csv") -> Path:
    axis, path = technique("toy").axis.centres, folder / name
    counts = 50.0 + 3000.0 * np.exp(-0.5 * ((axis - 52.0) / 2.0) ** 2)
    path.write_text("energy,counts\n" + "\n".join(f"{e},{c}" for e, c in zip(axis, counts, strict=True)))
    return path


def _trained(folder: Path) -> tuple[Path, Path]:
    """Return a model of the toy, and the checkpoint that its training was broken off at."""
    toy = technique("toy")
    spectra_of = partial(TrainingSet.of_recipe, toy, session().library, toy.recipes["article"], 1, validation_blocks=1)

    def stop(_: object) -> None:
        raise Stopped

    with suppress(Stopped):
        run = TrainingRun(checkpoint=folder / "model.checkpoint", progress=stop)
        train_network(toy, spectra_of(), PLAN, architecture=SMALL, run=run)
    model = train_network(toy, spectra_of(), PLAN, architecture=SMALL)
    return model.save(folder / "model.safetensors"), folder / "model.checkpoint"


def load_network(path: Path) -> None:
    model = NetworkQuantifier.load(path, technique("toy"))
    model.quantify(spectra())
    assert model.card.title
    model.card.limits(technique("toy"))


def load_offset_finder(path: Path) -> None:
    finder = OffsetFinder.load(path, technique("toy"))
    some = spectra()
    said = finder.find(some.counts[0], some.observed[0], {})
    assert np.isfinite([said.offset, *said.kind.values()]).all()
    assert 0 <= said.probability <= 1 + 1e-9


def load_scores(path: Path) -> None:
    ledger = Ledger(path, "made up")
    assert np.isfinite([ledger.value(name, lambda: 0.25) for name in ("oracle", "bound", "new")]).all()


def load_training_data(path: Path) -> None:
    fixed = FixedSpectra(path, technique("toy"), 1)
    for batch in (fixed.training_block(0), *fixed.validation_blocks()):
        assert torch.isfinite(batch.counts).all()
        assert ((batch.fraction.sum(dim=1) - 1).abs() < 0.01).all()


def load_cached(path: Path) -> None:
    """Render a library that is in the cache."""
    with cached(path.read_bytes()):
        library = RenderedLibrary(technique("toy"))
        assert np.isfinite(library.on(technique("toy").axis)).all()
        assert set(library.elements) <= set(technique("toy").elements)
        pure_spectra(technique("toy"), library)


@contextmanager
def cached(content: bytes | None) -> Iterator[Path]:
    """Give a folder for the cache of rendered libraries, in which all there is has this content."""
    before = os.environ.get(VARIABLE)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[VARIABLE] = folder
        try:
            if content is not None:
                RenderedLibrary(technique("toy")).build()
                for path in Path(folder).iterdir():
                    path.write_bytes(content)
            yield Path(folder)
        finally:
            del os.environ[VARIABLE]
            if before is not None:
                os.environ[VARIABLE] = before


def as_arrays(data: bytes, chance: random.Random, scratch: Path) -> bytes:
    """Spoil the bytes, or one of the arrays of a file of numpy's."""
    if chance.random() < 0.5:
        return fuzz.spoilt(data, chance)
    scratch.write_bytes(data)
    with np.load(scratch) as stored:
        arrays = {name: stored[name] for name in stored.files}
    name = chance.choice(sorted(arrays))
    array = arrays[name]
    filled = [np.full(array.shape, value) for value in ("Xx", np.nan, -1.0)]
    arrays[name] = chance.choice([array[:-1], array[..., None], array.astype("S"), np.zeros(()), *filled])
    if chance.random() < 0.2:
        del arrays[name]
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def load_checkpoint(terms: Mapping[str, str], path: Path) -> None:
    network = build(SMALL.network, SMALL.shape(technique("toy")), PLAN.seed)
    done = Checkpoint(path, terms, PLAN.steps, UPDATES).resume(network, _optimizer(network, PLAN))
    assert 1 <= done <= PLAN.steps
    assert all(torch.isfinite(weight).all() for weight in network.state_dict().values())


def load_measured(name: str, path: Path) -> None:
    known, library = technique(name), StoredLibrary(path, technique(name))
    assert library.identity
    assert np.isfinite(library.on(known.axis)).all()
    assert set(library.elements) <= set(known.elements)
    pure_spectra(known, library)
    dict(library.parameters)


def load_spectra_file(path: Path) -> None:
    """Read spectra as a command does, in the process of foreign readers first."""
    for raw in read_file(path):
        fuzz._check(raw)
    read = Spectra.of(contracts.load(path, "SPECTRA"), technique("toy"), str(path))
    read.to_dataset(technique("toy"))


def load_labels(path: Path) -> None:
    folder = path.with_name("labelled")
    folder.mkdir(exist_ok=True)
    _csv(folder)
    (folder / "labels.csv").write_bytes(path.read_bytes())
    for one in read_labels(folder, technique("toy"), load_plugin("toy").readers):
        assert abs(one.fraction.sum() - 1.0) < 1e-9


def load_prior(path: Path) -> None:
    weights = read_weights(path, technique("toy").elements)
    assert all(0 <= weight < float("inf") for weight in weights.values())


def load_stated(path: Path) -> None:
    toy = technique("bulk")
    load_instrument(path, toy).stated(toy)


def load_answers(path: Path) -> None:
    """Go on quantifying from a journal of answers."""
    out = path.with_suffix("")
    methods = session().methods(("nnls",))
    with kept_answers(session(), methods, out) as keeping:
        compositions = {name: method.quantify(spectra()) for name, method in keeping.methods.items()}
        keeping.keep(FileResult("a.csv", spectra(), compositions, ((),) * len(spectra())))


def load_blocks(path: Path) -> None:
    toy = technique("toy")
    synthesizer = synthesizer_of(toy, session().library, toy.recipes["article"], 1)
    write_spectra(synthesizer, BLOCK + 4, path.with_suffix(""), "toy", {}, terms=TERMS).unlink()


def _offset_model(folder: Path) -> Path:
    toy = technique("toy")
    recipe = for_offsets(replace(toy.recipes["article"], offset=Uniform(-5.0, 5.0)))
    learned = TrainingSet.of_recipe(toy, session().library, recipe, 1, validation_blocks=1)
    return train_offset_finder(toy, recipe, learned, PLAN).save(folder / "offset.safetensors")


def _cache() -> bytes:
    with cached(None) as folder:
        RenderedLibrary(technique("toy")).build()
        (path,) = folder.iterdir()
        return path.read_bytes()


def _answers(folder: Path) -> Path:
    out = folder / "out.csv"
    with suppress(Stopped), kept_answers(session(), session().methods(("nnls",)), out) as keeping:
        for rows in (slice(0, 3), slice(0, 1)):
            few = spectra().take(rows)
            compositions = {name: method.quantify(few) for name, method in keeping.methods.items()}
            keeping.keep(FileResult("a.csv", few, compositions, ((),) * len(few)))
        raise Stopped
    return checkpoint_beside(out)


def _blocks(folder: Path) -> Path:
    toy, out = technique("toy"), folder / "out.nc"
    synthesizer = synthesizer_of(toy, session().library, toy.recipes["article"], 1)

    def stop(done: int) -> None:
        if done > BLOCK:
            raise Stopped

    with suppress(Stopped):
        write_spectra(synthesizer, BLOCK + 4, out, "toy", {}, stop, TERMS)
    return checkpoint_beside(out)


def _record(model: Path) -> tuple[bytes, Callable[[Path], None]]:
    training = Training(technique("toy").recipes["article"], 2 * BLOCK, 1)
    record = Record(training, "made up", 0.5, 1.0, 10, 20, 3, {"bench": {"accuracy": 0.5}})

    def loaded(path: Path) -> None:
        path.with_suffix(".safetensors").write_bytes(model.read_bytes())
        again = load_record(path, training, "made up")
        assert again is None or json.dumps(again.content, allow_nan=False)

    return json.dumps(record.content).encode(), loaded


def originals(work: Path) -> list[Own]:
    """Return a file of every kind, and how it is spoilt and read."""
    folder = work / "originals-own"
    folder.mkdir()
    model, checkpoint = _trained(folder)
    with safe_open(checkpoint, framework="pt") as file:
        resumed = partial(load_checkpoint, json.loads(file.metadata()["header"])["terms"])
    instrument = Instrument(
        "bulk", "real", {"voltage": 12.0, "angle": 35.0}, {"voltage": 0.1}, 1.1, ("a.csv",), "specquant calibrate"
    )
    labels = "id,sample,reliability,composition_at_percent,composition_wt_percent,file\n1,x,sure,Be:40 O:60,,a.csv\n"
    labels += '2,y,sure,,"Li69.9 O30.1",a.csv\n3,z,unsure,Be33 C67,,a.csv\n'
    record, recorded = _record(model)
    pure = folder / "pure"
    pure.mkdir()
    _csv(pure, "Be.csv")
    measured = MeasuredLibrary(pure, technique("toy"), load_plugin("toy").readers).save(folder / "measured.nc")
    rendered = RenderedLibrary(technique("bulk")).save(folder / "rendered.nc")
    stored = contracts.save(spectra().to_dataset(technique("toy")), "SPECTRA", folder / "spectra.nc")
    toy = technique("toy")
    made = synthesizer_of(toy, session().library, toy.recipes["article"], 1)
    learned = write_spectra(made, 20, folder / "learned.nc", "toy", {}, terms=TERMS)
    offsets = _offset_model(folder).read_bytes()
    scores = json.dumps({"origin": "made up", "numbers": {"oracle": 0.5, "bound": 0.75}}).encode()
    answers, blocks = _answers(folder).read_bytes(), _blocks(folder).read_bytes()
    weights = "element,weight\n" + "".join(f"{symbol},{n}.5\n" for n, symbol in enumerate(technique("toy").elements))
    return [
        Own("model", ".safetensors", model.read_bytes(), as_bytes, load_network),
        Own("model, hash put right", ".safetensors", model.read_bytes(), model_sealed, load_network),
        Own("training checkpoint", ".checkpoint", checkpoint.read_bytes(), as_bytes, resumed),
        Own("training checkpoint, hash put right", ".checkpoint", checkpoint.read_bytes(), checkpoint_sealed, resumed),
        Own("instrument", ".json", save_instrument(instrument, folder / "i.json").read_bytes(), as_json, load_stated),
        Own("measured library", ".nc", measured.read_bytes(), as_dataset, partial(load_measured, "toy")),
        Own("rendered library", ".nc", rendered.read_bytes(), as_dataset, partial(load_measured, "bulk")),
        Own("spectra", ".nc", stored.read_bytes(), as_dataset, load_spectra_file),
        Own("labels", ".csv", labels.encode(), as_bytes, load_labels),
        Own("prior", ".csv", weights.encode(), as_bytes, load_prior),
        Own("journal of answers", ".csv.checkpoint", answers, as_bytes, load_answers),
        Own("journal of answers, hash put right", ".csv.checkpoint", answers, journal_sealed, load_answers),
        Own("journal of blocks", ".nc.checkpoint", blocks, as_bytes, load_blocks),
        Own("journal of blocks, hash put right", ".nc.checkpoint", blocks, journal_sealed, load_blocks),
        Own("record of a study", ".json", record, as_json, recorded),
        Own("scores of a study", ".json", scores, as_json, load_scores),
        Own("offset model", ".safetensors", offsets, as_bytes, load_offset_finder),
        Own("offset model, hash put right", ".safetensors", offsets, model_sealed, load_offset_finder),
        Own("training data", ".nc", learned.read_bytes(), as_dataset, load_training_data),
        Own("cached library", ".npz", _cache(), as_arrays, load_cached),
    ]


def with_toys() -> None:
    """Put the made-up techniques where plug-ins are looked for."""
    sys.path.insert(0, str(THIRDPARTY))


def main(arguments: Sequence[str] | None = None) -> int:
    given = fuzz.options(__doc__, 10**4).parse_args(arguments)
    faulthandler.enable()
    torch.set_num_threads(1)
    with_toys()
    with tempfile.TemporaryDirectory(prefix="auxfuzz-") as name:
        files, end = originals(Path(name)), given.first + given.files
        total = fuzz.campaign(files, Path(name), given.first, end, given.minutes, partial(print, flush=True))
    for kind in sorted(total.outcomes):
        print(f"{total.outcomes[kind]:6} {kind}")
    return 1 if total.crashes else 0


if __name__ == "__main__":
    sys.exit(main())
