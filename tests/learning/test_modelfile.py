import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from specquant.arrays import in_torch
from specquant.discovery import load_plugin
from specquant.errors import ModelError
from specquant.learning.card import ModelCard, check_fits
from specquant.learning.interval import IntervalTable
from specquant.learning.modelfile import FORMAT, load_model, read_model, save_model, write_model
from specquant.learning.networks.base import fit_weights
from specquant.learning.sealing import seal
from specquant.technique import EnergyAxis, InstrumentParameter, Role, Technique

CARD = ModelCard(
    network="VanillaCnn",
    technique="toy",
    recipe="article",
    elements=("Li", "Be", "B", "C", "N", "O"),
    axis=(0.0, 200.0, 1.0),
    parameters={"gain": 1.5},
    spectra=1000,
    seed=3,
    validation_accuracy=0.9,
    interval=IntervalTable((0.1,), (-0.1, -0.2), (0.1, 0.2), (-3.0, 3.0)),
    settings={"energies": 201, "channels": (1, 2, 3), "kinds": ({"gain": 1.0}, {"gain": 2.0})},
    origin="toy, article",
    ranges={"gain": (0.5, 2.0), "tilt": (1.0,)},
    specquant_version="0.1",
    command="specquant train",
)

GAIN = InstrumentParameter("gain", 1.0, 0.5, 2.0, "", "how much is seen", Role.STATED)


def weights() -> dict[str, Tensor]:
    made = torch.Generator().manual_seed(1)
    return {"a.weight": torch.randn(4, 5, generator=made), "a.num_batches_tracked": torch.tensor(3_000_000)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return save_model(CARD, weights(), tmp_path / "model.safetensors")


def test_card_comes_back_as_it_was(path: Path) -> None:
    card = load_model(path)[0]
    assert replace(card, sha256="") == CARD
    assert len(card.sha256) == 64


def test_weights_come_back_as_single_precision_of_their_halves(path: Path) -> None:
    read = load_model(path)[1]["a.weight"]
    assert read.dtype == torch.float32
    assert torch.equal(read, weights()["a.weight"].half().float())


def test_file_holds_halves(path: Path) -> None:
    assert path.stat().st_size < 4 * 5 * 4 + 1400
    assert b'"F16"' in path.read_bytes()
    assert b'"F32"' not in path.read_bytes()


def test_counts_stay_whole(path: Path) -> None:
    assert load_model(path)[1]["a.num_batches_tracked"].item() == 3_000_000


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no\.safetensors: no such model file\. Give the path"):
        load_model(tmp_path / "no.safetensors")


def test_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such model file"):
        load_model(tmp_path)


@pytest.mark.parametrize("kept", [0, 1, 7, 8, 100, -1])
def test_truncated_file(path: Path, kept: int) -> None:
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ModelError, match=r"damaged model file.*Copy or train it again|is not a model file"):
        load_model(path)


@pytest.mark.parametrize("content", [b"", b"no model at all", b"\x80\x04pickle" * 50, b"{}" * 400])
def test_file_that_is_something_else(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.safetensors"
    path.write_bytes(content)
    with pytest.raises(
        ModelError, match=r"other\.safetensors: is not a model file; found (an empty|text|JSON|no text)"
    ):
        load_model(path)


def test_any_broken_byte_of_the_header_is_an_error_of_ours_or_does_no_harm(path: Path) -> None:
    whole = path.read_bytes()
    refused = 0
    for index in range(8 + int.from_bytes(whole[:8], "little")):
        path.write_bytes(whole[:index] + bytes([whole[index] ^ 0x15]) + whole[index + 1 :])
        try:
            load_model(path)
        except ModelError:
            refused += 1
    assert refused > 300


def test_safetensors_of_somebody_else(tmp_path: Path) -> None:
    save_file(weights(), tmp_path / "other.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match="not a model of specquant; found no header"):
        load_model(tmp_path / "other.safetensors")


@pytest.mark.parametrize("version", ["1", "99"], ids=["earlier", "later"])
def test_model_of_another_format(tmp_path: Path, version: str) -> None:
    save_file(weights(), tmp_path / "other.safetensors", {"specquant_model": version, "card": "{}"})
    words = (
        rf"other\.safetensors: model of another version of specquant; found format {version}; wanted format {FORMAT}"
    )
    with pytest.raises(ModelError, match=rf"{words}\. Train it again"):
        load_model(tmp_path / "other.safetensors")


@pytest.mark.parametrize(
    "card",
    [
        "no json",
        "[]",
        "{}",
        json.dumps({**asdict(CARD), "elements": 5}),
        json.dumps({**asdict(CARD), "surprise": 1}),
        json.dumps({name: value for name, value in asdict(CARD).items() if name != "ranges"}),
        json.dumps({**asdict(CARD), "ranges": {"gain": ["much"]}}),
        json.dumps({**asdict(CARD), "settings": 5}),
    ],
)
def test_damaged_card(tmp_path: Path, card: str) -> None:
    save_file(weights(), tmp_path / "bad.safetensors", {"specquant_model": str(FORMAT), "card": card})
    with pytest.raises(ModelError, match=r"bad\.safetensors: damaged model header"):
        load_model(tmp_path / "bad.safetensors")


@pytest.mark.parametrize(
    "interval",
    [
        {},
        {"edges": [], "low": [], "high": []},
        {"edges": [], "low": [0.0], "high": [0.0]},
        {"edges": [0.1], "low": [0.0], "high": [0.0]},
        {"edges": None},
    ],
)
def test_interval_table_that_cannot_be_used(tmp_path: Path, interval: dict[str, list[float]]) -> None:
    card = json.dumps({**asdict(CARD), "interval": interval})
    save_file(weights(), tmp_path / "bad.safetensors", {"specquant_model": str(FORMAT), "card": card})
    with pytest.raises(ModelError, match="damaged model header"):
        load_model(tmp_path / "bad.safetensors")


def test_weights_that_are_no_numbers(tmp_path: Path) -> None:
    broken = weights()
    broken["a.weight"][1, 1] = torch.nan
    with pytest.raises(ModelError, match=r"damaged weights; found not finite: a\.weight"):
        save_model(CARD, broken, tmp_path / "bad.safetensors")
    with pytest.raises(ModelError, match=r"damaged weights; found not finite: a\.weight"):
        load_model(write_model(CARD, broken, tmp_path / "bad.safetensors"))


def test_variances_below_zero(tmp_path: Path) -> None:
    broken = {**weights(), "a.running_var": torch.tensor([1.0, -0.5])}
    with pytest.raises(ModelError, match=r"damaged weights; found negative: a\.running_var"):
        load_model(write_model(CARD, broken, tmp_path / "bad.safetensors"))


class TestFits:
    def test_its_own_technique(self, toy: Technique, path: Path) -> None:
        check_fits(CARD, toy, path)

    def test_another_technique(self, toy: Technique, path: Path) -> None:
        with pytest.raises(ModelError, match="model for another technique; found toy; wanted xps"):
            check_fits(CARD, replace(toy, name="xps"), path)

    def test_another_axis(self, toy: Technique, path: Path) -> None:
        with pytest.raises(ModelError, match=r"another energy axis; found 0\.0\.\.200\.0 eV.*specquant train"):
            check_fits(CARD, replace(toy, axis=EnergyAxis(0.0, 200.0, 0.5)), path)

    def test_other_elements(self, toy: Technique, path: Path) -> None:
        strange = ", ".join(symbol for symbol in CARD.elements if symbol not in ("Li", "Be"))
        with pytest.raises(ModelError, match=f"model for other elements; found {strange}; wanted elements of toy"):
            check_fits(CARD, replace(toy, elements=("Li", "Be")), path)

    @pytest.mark.parametrize("elements", [(), ("Li", "Li")])
    def test_no_elements_and_elements_twice(self, elements: tuple[str, ...], toy: Technique, path: Path) -> None:
        with pytest.raises(ModelError, match=f"model for other elements; found {len(elements)} elements"):
            check_fits(replace(CARD, elements=elements), toy, path)

    def test_a_technique_of_more_elements_than_the_model(self, toy: Technique, path: Path) -> None:
        check_fits(CARD, replace(toy, elements=("H", *toy.elements)), path)

    @pytest.mark.parametrize(
        ("seen", "words"),
        [
            ((), "does not know H"),
            (("Li", "Be", "B", "C", "O"), "does not know H, N"),
            (("Li", "Be"), "was trained to see only Li, Be"),
        ],
    )
    def test_its_limits_in_words(self, seen: tuple[str, ...], words: str, toy: Technique) -> None:
        assert replace(CARD, seen=seen).limits(replace(toy, elements=("H", *toy.elements))) == words

    def test_a_model_that_knows_all_has_none(self, toy: Technique) -> None:
        assert CARD.limits(toy) == ""

    def test_a_technique_that_states_more_than_the_model_takes(self, toy: Technique, path: Path) -> None:
        check_fits(replace(CARD, stated=("gain",)), replace(toy, parameters=(GAIN, replace(GAIN, name="angle"))), path)

    def test_a_model_that_takes_what_nobody_states(self, toy: Technique, path: Path) -> None:
        words = "other stated parameters; found gain, angle; wanted gain"
        with pytest.raises(ModelError, match=words):
            check_fits(replace(CARD, stated=("gain", "angle")), replace(toy, parameters=(GAIN,)), path)


BINS = {"edges": [0.1], "low": [0.0, 0.0], "high": [0.0, 0.0], "log_odds": [-9.0, 9.0]}
"""An interval table of two bins, as a card holds it."""


class TestContent:
    """A file is read only as it was written."""

    def rewritten(self, path: Path, tensors: dict[str, Tensor] | None = None, **changes: object) -> Path:
        """Write a file of the same card again with something changed, its hash as it was."""
        card, stored = read_model(path)
        header = {"specquant_model": str(FORMAT), "card": json.dumps({**asdict(card), **changes})}
        save_file(tensors or {name: in_torch(array) for name, array in stored.items()}, path, header)
        return path

    def test_the_same_content_gives_the_same_bytes(self, tmp_path: Path) -> None:
        paths = [save_model(CARD, weights(), tmp_path / f"{number}.safetensors") for number in range(8)]
        assert len({path.read_bytes() for path in paths}) == 1

    def test_a_weight_that_was_changed(self, path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[-3] ^= 1
        path.write_bytes(content)
        with pytest.raises(ModelError, match=r"changed after it was written; found content \w{12}; wanted \w{12}\."):
            load_model(path)

    @pytest.mark.parametrize(
        "changes",
        [{"elements": ("Be", "Li", "B", "C", "N", "O")}, {"seed": 4}, {"sha256": ""}, {"sha256": "0" * 64}],
    )
    def test_a_card_that_was_changed(self, path: Path, changes: dict[str, object]) -> None:
        with pytest.raises(ModelError, match="changed after it was written"):
            load_model(self.rewritten(path, **changes))

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"interval": {**BINS, "low": [0.2, -0.2], "high": [0.1, 0.2]}}, "out of order"),
            (
                {"interval": dict.fromkeys(("low", "high", "log_odds"), [0.0] * 3) | {"edges": [0.3, 0.1]}},
                "out of order",
            ),
            ({"interval": {**BINS, "low": [-2.0, 0.0]}}, "makes no sense"),
            ({"interval": {**BINS, "log_odds": [0.0]}}, "makes no sense"),
            ({"interval": {**BINS, "log_odds": [0.0, "much"]}}, "log_odds\\[1\\] is text in place of a number"),
            ({"interval": {name: BINS[name] for name in ("edges", "low", "high")}}, "makes no sense"),
            ({"validation_accuracy": 7.0}, "<= 1.0"),
            ({"validation_accuracy": None}, "null"),
            ({"spectra": -1}, ">= 0"),
            ({"axis": [0.0, 200.0]}, "length 3"),
            ({"command": 5}, "command is a whole number in place of text"),
            ({"settings": {"a": [[[[[[1]]]]]]}}, "nested too deeply"),
            ({"elements": [["Li"]]}, "elements\\[0\\] is a list in place of text"),
        ],
    )
    def test_a_card_that_cannot_be(self, path: Path, changes: dict[str, object], words: str) -> None:
        with pytest.raises(ModelError, match=f"damaged model header; found .*{words}"):
            load_model(self.rewritten(path, **changes))

    def test_a_card_that_is_nested_without_end(self, path: Path) -> None:
        card = '{"settings":' * 100_000
        save_file(weights(), path, {"specquant_model": str(FORMAT), "card": card})
        with pytest.raises(ModelError, match="damaged model"):
            load_model(path)

    @pytest.mark.parametrize("kind", [torch.int32, torch.uint8, torch.complex64, torch.float64, torch.bool])
    def test_weights_of_another_type(self, path: Path, kind: torch.dtype) -> None:
        strange = {"a.weight": torch.ones(4, 5).to(kind), "a.num_batches_tracked": torch.tensor(3)}
        with pytest.raises(ModelError, match=r"weights of another type|damaged model file"):
            load_model(self.rewritten(path, strange))

    def test_a_card_that_cannot_be_is_not_written(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match="damaged model header"):
            save_model(replace(CARD, validation_accuracy=float("nan")), weights(), tmp_path / "bad.safetensors")
        assert not list(tmp_path.iterdir())

    def test_sealing_changes_the_card_only(self, path: Path) -> None:
        before, tensors = load_model(path)
        self.rewritten(path, sha256="")
        assert seal(path) == before.sha256
        after, again = load_model(path)
        assert after == before
        assert all(torch.equal(tensors[name], again[name]) for name in tensors)

    @pytest.mark.parametrize("technique", ["xps", "eds"])
    def test_what_ships_is_sealed(self, technique: str) -> None:
        shipped = load_plugin(technique).technique
        for path in filter(None, (*shipped.models.values(), shipped.offset_model)):
            assert len(load_model(path)[0].sha256) == 64


class TestSizes:
    """What a card declares is compared with the weights before there is memory for it."""

    def test_many_channels(self) -> None:
        def huge() -> torch.nn.Module:
            return torch.nn.Linear(10**9, 10**6)

        with pytest.raises(ModelError, match=r"do not fit the network; found weight \(4, 5\); wanted \(1000000"):
            fit_weights(huge, {"weight": np.zeros((4, 5)), "bias": np.zeros(4)}, Path("m"))

    def test_elements_out_of_order(self, toy: Technique) -> None:
        with pytest.raises(ModelError, match="elements out of order; wanted the order of toy"):
            check_fits(replace(CARD, elements=("Be", "Li", "B", "C", "N", "O")), toy, Path("m"))
