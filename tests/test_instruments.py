import json
from pathlib import Path

import numpy as np
import pytest

from specquant.discovery import load_plugin
from specquant.errors import ReadError, SettingError
from specquant.instrument.files import Instrument, load_instrument, save_instrument
from specquant.pipeline import open_plugin
from specquant.technique import Technique

FOUND = Instrument(
    "bulk", "new", {"voltage": 12.5, "leak": 0.25}, {"leak": 0.01}, 1.1, ("a.csv", "b.csv"), "specquant calibrate"
)


@pytest.fixture
def bulk(thirdparty: Path) -> Technique:  # noqa: ARG001
    return load_plugin("bulk").technique


def written(path: Path, **changes: object) -> Path:
    save_instrument(FOUND, path)
    content = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({key: value for key, value in content.items() if value != "left out"}))
    return path


def test_a_file_gives_back_what_was_saved(bulk: Technique, tmp_path: Path) -> None:
    assert save_instrument(FOUND, tmp_path / "new" / "a.json") == tmp_path / "new" / "a.json"
    assert load_instrument(tmp_path / "new" / "a.json", bulk) == FOUND


def test_people_can_read_it(tmp_path: Path) -> None:
    content = json.loads(save_instrument(FOUND, tmp_path / "a.json").read_text())
    assert content["specquant_instrument"] == 1
    assert content["values"] == {"voltage": 12.5, "leak": 0.25}


def test_only_stated_parameters_are_stated(bulk: Technique) -> None:
    assert FOUND.stated(bulk) == {"voltage": 12.5}


def test_missing_file(bulk: Technique, tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"absent\.json: no such instrument file\. Make one with specquant calibrate"):
        load_instrument(tmp_path / "absent.json", bulk)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", b"[1, 2]", b"null", b'"text"', b"{}", b'{"specquant_instrument": 1}', b"voltage=12.5"],
)
def test_garbage_is_no_instrument_file(bulk: Technique, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(ReadError, match=r"a\.json: is no instrument file"):
        load_instrument(tmp_path / "a.json", bulk)


@pytest.mark.parametrize(
    "change",
    [
        {"specquant_instrument": 2},
        {"values": [1.0]},
        {"values": {"voltage": "high"}},
        {"values": {"voltage": None}},
        {"values": "left out"},
        {"source": None},
        {"surplus": 1},
    ],
)
def test_a_file_of_another_build_is_no_instrument_file(
    bulk: Technique, tmp_path: Path, change: dict[str, object]
) -> None:
    with pytest.raises(ReadError, match="is no instrument file"):
        load_instrument(written(tmp_path / "a.json", **change), bulk)


def test_numbers_written_as_text_are_numbers(bulk: Technique, tmp_path: Path) -> None:
    assert load_instrument(written(tmp_path / "a.json", values={"voltage": "12"}), bulk).values == {"voltage": 12.0}


def test_another_technique(bulk: Technique, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="instrument of another technique; found eds; wanted bulk"):
        load_instrument(written(tmp_path / "a.json", technique="eds"), bulk)


def test_unknown_parameter(bulk: Technique, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"found current 3\.0; wanted one of voltage, leak, angle"):
        load_instrument(written(tmp_path / "a.json", values={"current": 3}), bulk)


@pytest.mark.parametrize("value", [4.9, 20.1, float("nan"), float("inf")])
def test_value_out_of_range(bulk: Technique, tmp_path: Path, value: float) -> None:
    with pytest.raises(SettingError, match=r"found voltage .*; wanted 5\.\.20"):
        load_instrument(written(tmp_path / "a.json", values={"voltage": value}), bulk)


def test_a_technique_on_an_instrument_has_its_values_as_defaults(bulk: Technique) -> None:
    there = bulk.with_defaults({"leak": 0.25, "voltage": 12.5})
    assert there.defaults() == bulk.defaults() | {"leak": 0.25, "voltage": 12.5}
    assert [p.low for p in there.parameters] == [p.low for p in bulk.parameters]
    assert bulk.defaults()["leak"] == 0.0


@pytest.mark.usefixtures("thirdparty")
class TestOpening:
    def test_an_instrument_file_gives_defaults_and_what_is_stated(self, tmp_path: Path) -> None:
        plugin, given = open_plugin("bulk", instrument=written(tmp_path / "a.json"))
        assert given == {"voltage": 12.5}
        assert plugin.technique.defaults() == {"voltage": 12.5, "leak": 0.25, "angle": 40.0}

    def test_settings_win_over_the_file(self, tmp_path: Path) -> None:
        _, given = open_plugin("bulk", ("voltage=15", "angle=50"), written(tmp_path / "a.json"))
        assert given == {"voltage": 15.0, "angle": 50.0}

    def test_without_either_nothing_is_given(self) -> None:
        plugin, given = open_plugin("bulk")
        assert given == {}
        assert plugin.technique.defaults()["voltage"] == 10.0

    def test_wrong_settings_and_files_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(SettingError, match="voltage is out of its range"):
            open_plugin("bulk", ("voltage=100",))
        with pytest.raises(ReadError, match="no such instrument file"):
            open_plugin("bulk", instrument=tmp_path / "absent.json")

    def test_the_file_reaches_the_pure_spectra(self, tmp_path: Path) -> None:
        from specquant.pipeline import open_library

        nominal, _ = open_plugin("eds")
        FILE = Instrument("eds", "x", {"noise": 90.0})
        moved, given = open_plugin("eds", instrument=save_instrument(FILE, tmp_path / "a.json"))
        assert given == {}
        one, other = (open_library(plugin).columns(plugin.technique) for plugin in (nominal, moved))
        iron = nominal.technique.elements.index("Fe")
        assert other[iron].max() < 0.95 * one[iron].max()
        np.testing.assert_allclose(other[iron].sum(), one[iron].sum(), rtol=0.02)
