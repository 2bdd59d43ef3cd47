import json
from pathlib import Path

import numpy as np
import pytest

from specquant.discovery import load_plugin
from specquant.errors import ReadError, SettingError, SpecquantError
from specquant.instrument import Instrument, load_instrument, save_instrument
from specquant.library import pure_spectra
from specquant.session import open_session
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
    assert content["specquant_instrument"] == 2
    assert content["values"] == {"voltage": 12.5, "leak": 0.25}
    assert content["calibrated_with"] == ["a.csv", "b.csv"]


def test_only_stated_parameters_are_stated(bulk: Technique) -> None:
    assert FOUND.stated(bulk) == {"voltage": 12.5}


def test_missing_file(bulk: Technique, tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"absent\.json: no such instrument file\. Make one with specquant calibrate"):
        load_instrument(tmp_path / "absent.json", bulk)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", b"[1, 2]", b"null", b'"text"', b"{}", b'{"specquant_instrument": 2}', b"voltage=12.5"],
)
def test_garbage_is_no_instrument_file(bulk: Technique, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(ReadError, match=r"a\.json: is not an instrument file"):
        load_instrument(tmp_path / "a.json", bulk)


@pytest.mark.parametrize(
    "change",
    [
        {"specquant_instrument": "left out"},
        {"values": [1.0]},
        {"values": {"voltage": "high"}},
        {"values": {"voltage": None}},
        {"values": "left out"},
        {"calibrated_with": None},
        {"surplus": 1},
    ],
)
def test_a_file_with_other_content_is_no_instrument_file(
    bulk: Technique, tmp_path: Path, change: dict[str, object]
) -> None:
    with pytest.raises(ReadError, match="is not an instrument file"):
        load_instrument(written(tmp_path / "a.json", **change), bulk)


@pytest.mark.parametrize("version", [1, 3, "2"])
def test_a_file_of_another_version_is_refused_as_such(bulk: Technique, tmp_path: Path, version: object) -> None:
    old = written(tmp_path / "a.json", specquant_instrument=version, calibrated_with="left out", source=["a.csv"])
    words = (
        rf"a\.json: is an instrument file of another version.*found format {version}; wanted format 2.*specquant calib"
    )
    with pytest.raises(ReadError, match=words):
        load_instrument(old, bulk)


def test_numbers_written_as_text_are_numbers(bulk: Technique, tmp_path: Path) -> None:
    assert load_instrument(written(tmp_path / "a.json", values={"voltage": "12"}), bulk).values == {"voltage": 12.0}


def test_another_technique(bulk: Technique, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="instrument of another technique; found eds; wanted bulk"):
        load_instrument(written(tmp_path / "a.json", technique="eds"), bulk)


def test_unknown_parameter(bulk: Technique, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"found current 3\.0; wanted one of voltage, leak, angle"):
        load_instrument(written(tmp_path / "a.json", values={"current": 3}), bulk)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "nan", 1e305, None, True, [1.0]])
def test_value_that_is_no_number(bulk: Technique, tmp_path: Path, value: object) -> None:
    message = r"a\.json: (is not an instrument file|instrument file holds no usable value)"
    with pytest.raises(SpecquantError, match=message):
        load_instrument(written(tmp_path / "a.json", values={"voltage": value}), bulk)


def test_nested_without_end(bulk: Technique, tmp_path: Path) -> None:
    for text in ("[" * 100_000, '{"values":' * 100_000):
        (tmp_path / "a.json").write_text(text)
        with pytest.raises(ReadError, match="is not an instrument file"):
            load_instrument(tmp_path / "a.json", bulk)


@pytest.mark.parametrize("value", [4.9, 20.1])
def test_value_out_of_range(bulk: Technique, tmp_path: Path, value: float) -> None:
    with pytest.raises(SettingError, match=r"found voltage .*; wanted 5 to 20 kV"):
        load_instrument(written(tmp_path / "a.json", values={"voltage": value}), bulk)


def test_a_technique_on_an_instrument_has_its_values_as_defaults(bulk: Technique) -> None:
    there = bulk.with_defaults({"leak": 0.25, "voltage": 12.5})
    assert there.defaults() == bulk.defaults() | {"leak": 0.25, "voltage": 12.5}
    assert [p.low for p in there.parameters] == [p.low for p in bulk.parameters]
    assert bulk.defaults()["leak"] == 0.0


@pytest.mark.usefixtures("thirdparty")
class TestOpening:
    def test_an_instrument_file_gives_defaults_and_what_is_stated(self, tmp_path: Path) -> None:
        session = open_session("bulk", instrument=written(tmp_path / "a.json"))
        assert session.stated == {"voltage": 12.5}
        assert session.technique.defaults() == {"voltage": 12.5, "leak": 0.25, "angle": 40.0}

    def test_settings_win_over_the_file(self, tmp_path: Path) -> None:
        session = open_session("bulk", settings=("voltage=15", "angle=50"), instrument=written(tmp_path / "a.json"))
        assert session.stated == {"voltage": 15.0, "angle": 50.0}

    def test_without_either_nothing_is_given(self) -> None:
        session = open_session("bulk")
        assert session.stated == {}
        assert session.technique.defaults()["voltage"] == 10.0

    def test_wrong_settings_and_files_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(SettingError, match="voltage is out of its range"):
            open_session("bulk", settings=("voltage=100",))
        with pytest.raises(ReadError, match="no such instrument file"):
            open_session("bulk", instrument=tmp_path / "absent.json")

    def test_the_file_reaches_the_pure_spectra(self, tmp_path: Path) -> None:
        nominal = open_session("eds")
        noisy = Instrument("eds", "x", {"noise": 90.0})
        calibrated = open_session("eds", instrument=save_instrument(noisy, tmp_path / "a.json"))
        assert calibrated.stated == {}
        one, other = (pure_spectra(session.technique, session.library) for session in (nominal, calibrated))
        iron = nominal.technique.elements.index("Fe")
        assert other[iron].max() < 0.95 * one[iron].max()
        np.testing.assert_allclose(other[iron].sum(), one[iron].sum(), rtol=0.02)
