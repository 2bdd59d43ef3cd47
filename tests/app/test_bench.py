"""What the page's second process works out: files recognised, answers, figures, reasons, and files to save."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from appfiles import GLASS, STEEL, eds_file, map_file, xps_file
from specquant.app.bench import Bench
from specquant.app.settings import Settings
from specquant.errors import SpecquantError


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("spectra")
    eds_file(path / "glass.msa", GLASS)
    eds_file(path / "steel.msa", STEEL)
    xps_file(path / "oxide.csv")
    (path / "bad.msa").write_text("#FORMAT : EMSA/MAS Spectral Data File\n")
    return path


def opened(bench: Bench, path: Path, **settings: Any) -> list[Any]:
    """All that is said of a file."""
    parts: list[Any] = []
    content = {"path": str(path), "name": path.name, "settings": settings}
    bench.answer("open", content, parts.append)
    return parts


def target(path: Path, sample: str, settings: Settings) -> dict[str, Any]:
    return {"path": str(path), "name": path.name, "title": path.name, "sample": sample, "settings": settings.plain()}


def amounts(answer: dict[str, Any]) -> dict[str, float]:
    return {row["element"]: row["at"] for row in answer["elements"] if row["shown"]}


@pytest.mark.parametrize(("name", "technique"), [("glass.msa", "eds"), ("oxide.csv", "xps")])
def test_the_technique_is_recognised(bench: Bench, folder: Path, name: str, technique: str) -> None:
    about, answer = opened(bench, folder / name)
    assert (about["technique"], answer["technique"], answer["answered"]) == (technique, technique, True)
    assert about["reason"]


def test_an_answer_has_all_that_the_page_shows(bench: Bench, folder: Path) -> None:
    answer = opened(bench, folder / "glass.msa")[1]
    found = amounts(answer)
    assert set(GLASS) <= set(found)
    assert found["Si"] == pytest.approx(0.2, abs=0.03)
    first = answer["elements"][0]
    assert first["lower"] < first["at"] < first["upper"]
    assert first["limit"] < first["at"]
    assert answer["verdict"] in ("good", "doubtful")


def test_a_file_that_cannot_be_used_is_named_as_the_user_knows_it(bench: Bench, folder: Path) -> None:
    content = {"path": str(folder / "bad.msa"), "name": "mine/bad.msa", "settings": {}}
    with pytest.raises(SpecquantError) as error:
        bench.answer("open", content, lambda _: None)
    message = bench.named(str(error.value), content)
    assert message.startswith("mine/bad.msa: ")
    assert str(folder) not in message


def test_a_file_that_no_technique_can_use_says_why_of_each(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("".join(f"{10 * row},{100 + row}\n" for row in range(100)))
    with pytest.raises(SpecquantError, match=r"as EDS: .*as XPS: "):
        bench.answer("open", {"path": str(path), "name": "wide.csv", "settings": {}}, lambda _: None)


def test_settings_change_the_answer(bench: Bench, folder: Path) -> None:
    path = folder / "glass.msa"
    sample = opened(bench, path)[0]["samples"][0]
    answer = bench.answer("answer", target(path, sample, Settings("eds", exclude=("Al",))), print)
    assert "Al" not in amounts(answer)
    fixed = bench.answer("answer", target(path, sample, Settings("eds", fix={"Si": 30.0})), print)
    assert amounts(fixed)["Si"] == pytest.approx(0.3, abs=0.005)


def test_a_figure_has_the_fit_and_the_lines(bench: Bench, folder: Path) -> None:
    path = folder / "steel.msa"
    sample = opened(bench, path)[0]["samples"][0]
    targets = [target(path, sample, Settings("eds"))]
    figure = bench.answer("figure", {"targets": targets}, print)
    assert figure["traces"][0]["model"]["title"] == "fit"
    assert {"Fe", "Cr"} <= {line["element"] for line in figure["lines"]}
    other = target(folder / "oxide.csv", opened(bench, folder / "oxide.csv")[0]["samples"][0], Settings("xps"))
    with pytest.raises(SpecquantError, match="several techniques"):
        bench.answer("figure", {"targets": [*targets, other]}, print)


def test_reasons_name_the_lines_that_decide(bench: Bench, folder: Path) -> None:
    path = folder / "steel.msa"
    sample = opened(bench, path)[0]["samples"][0]
    reasons = bench.answer("evidence", target(path, sample, Settings("eds")), print)
    iron = next(row for row in reasons["elements"] if row["element"] == "Fe")
    strongest = max(iron["lines"], key=lambda line: line["evidence"])
    assert strongest["energy"] == pytest.approx(6.4, abs=0.1)
    assert strongest["evidence"] > 5


@pytest.mark.parametrize("kind", ["csv", "long.csv", "xlsx", "nc", "html", "svg", "png"])
def test_answers_can_be_saved(bench: Bench, folder: Path, tmp_path: Path, kind: str) -> None:
    path = folder / "glass.msa"
    sample = opened(bench, path)[0]["samples"][0]
    content = {
        "targets": [target(path, sample, Settings("eds"))],
        "format": kind,
        "folder": str(tmp_path),
        "command": "c",
    }
    paths = bench.answer("export", content, print)
    assert [Path(one).suffix for one in paths] == [f".{kind.split('.')[-1]}"]
    assert Path(paths[0]).stat().st_size > 100


def test_files_that_could_not_be_used_are_named_in_what_is_saved(bench: Bench, folder: Path, tmp_path: Path) -> None:
    path = folder / "glass.msa"
    sample = opened(bench, path)[0]["samples"][0]
    unused = [
        {"file": "bad.msa", "reason": "bad.msa: is empty; found 0 bytes", "technique": ""},
        {"file": "other.vms", "reason": "is damaged", "technique": "xps"},
    ]
    content = {"targets": [target(path, sample, Settings("eds"))], "folder": str(tmp_path), "command": "c"}
    for kind in ("csv", "html"):
        (saved,) = bench.answer("export", content | {"format": kind, "unused": unused}, print)
        text = Path(saved).read_text(encoding="utf-8")
        assert text.count("bad.msa: is empty; found 0 bytes") == 1
        assert "other.vms: is damaged" in text


@pytest.fixture(scope="module")
def joint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("rsciio", reason="ripple is read by the extra formats")
    return map_file(tmp_path_factory.mktemp("map") / "map.rpl", 8, 10)


def values(packed: dict[str, Any]) -> np.ndarray:
    steps = np.frombuffer(base64.b64decode(packed["data"]), "<u2").astype(float)
    return np.where(steps > 65534, np.nan, steps / 65534 * packed["most"]).reshape(8, 10)


def test_a_map_has_images_errors_and_phases(bench: Bench, joint: Path) -> None:
    about, whole = opened(bench, joint)
    assert (about["shape"], about["samples"]) == ((8, 10), ["sum of 80 pixels"])
    assert {"O", "Fe"} <= set(amounts(whole))
    said: list[Any] = []
    content = {"path": str(joint), "name": "map.rpl", "settings": {"technique": "eds"}}
    answer = bench.answer("map", content, said.append)
    assert said[-1]["stage"].startswith("quantifying pixels")
    assert said[-1]["done"] == 80
    iron = next(one for one in answer["elements"] if one["element"] == "Fe")
    amount, error = values(iron["fraction"]), values(iron["error"])
    assert amount[:, :5].max() < 0.1 < 0.6 < amount[:, 5:].min()
    assert 0 < error[:, 5:].max() < 0.1
    first, second = answer["phases"]
    assert {first["share"], second["share"]} == {0.5}
    assert len(np.unique(values(answer["phase"])[:, :5])) == len(np.unique(values(answer["phase"]))) - 1 == 1
    mean = answer["figure"]["traces"][0]
    assert mean["name"] == "mean of a pixel"
    assert sum(count or 0 for count in mean["counts"]) == pytest.approx(4e4, rel=0.05)
    assert bench.answer("map", content, said.append)["phases"] == answer["phases"]


def test_parts_of_a_map_are_spectra(bench: Bench, joint: Path) -> None:
    part = bench.answer("answer", target(joint, "rows 1-2, columns 8-10", Settings("eds")), print)
    assert amounts(part)["Fe"] == pytest.approx(0.7, abs=0.08)
    phases = [bench.answer("answer", target(joint, f"phase {one}", Settings("eds")), print) for one in (1, 2)]
    assert {round(amounts(phase).get("Fe", 0.0)) for phase in phases} == {0, 1}
    without = bench.answer("answer", target(joint, "phase 1 (--exclude Al)", Settings("eds")), print)
    assert without["answered"]
    for name in ("row 1", "phase 9", "rows 1-9, columns 1-2", "phase 1 (--shell rm)", "phase 1 ('"):
        with pytest.raises(SpecquantError, match=r"not a part of the map|not in the map"):
            bench.answer("answer", target(joint, name, Settings("eds")), print)
