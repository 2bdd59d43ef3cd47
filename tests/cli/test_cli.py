"""The command line, with the toy technique: every command, what it prints and what it leaves."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rich.progress  # noqa: F401 - draws from the global random generator when it is first imported
import xarray as xr

from commandline import Shell, run_once
from folders import THIRDPARTY

pytestmark = pytest.mark.usefixtures("toy_is_installed")

COMMANDS = (
    "run",
    "quantify",
    "evaluate",
    "explain",
    "calibrate",
    "library",
    "synthesize",
    "train",
    "study",
    "techniques",
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that has seen little."""
    path = tmp_path_factory.mktemp("model") / "toy.safetensors"
    run_once("train", "-t", "toy", "--recipe", "article", "--spectra", 2560, "--out", path)
    return path


@pytest.fixture(scope="module")
def spectra(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three measured spectra: boron, carbon, and lithium with oxygen, as CSV files of counts."""
    from specquant.discovery import load_technique
    from specquant.library import RenderedLibrary, pure_spectra

    technique = load_technique("toy")
    columns = pure_spectra(technique, RenderedLibrary(technique))
    folder = tmp_path_factory.mktemp("spectra")
    for name, mixture in (("boron", columns[2]), ("carbon", columns[3]), ("oxide", columns[0] + columns[5])):
        counts = np.random.default_rng(1).poisson(20 + 5e3 * mixture / mixture.max())
        np.savetxt(folder / f"{name}.csv", np.column_stack([technique.axis.centres, counts]), delimiter=",", fmt="%g")
    return folder


def fresh(code: str) -> str:
    path = os.pathsep.join([str(THIRDPARTY), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path}
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_help_and_techniques_take_no_time_and_no_torch() -> None:
    # processor time in units of a loop that takes 0.04 s on a quiet machine: a slow or busy one does not decide
    code = (
        "import sys, time\nfrom specquant.cli import main\nsys.argv[1:] = {arguments}\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "heavy = {{'torch', 'xarray', 'scipy', 'matplotlib', 'toyspec', 'specquant_xps'}} & set(sys.modules)\n"
        "taken = time.process_time()\nsum(i * i for i in range(10**6))\n"
        "print('\\nTIME', taken / (time.process_time() - taken), *heavy)"
    )
    for arguments in (["--help"], ["techniques"]):
        runs = [fresh(code.format(arguments=arguments)).splitlines()[-1].split() for _ in range(3)]
        assert all(last[2:] == [] for last in runs), arguments
        assert min(float(last[1]) for last in runs) < 7.5, arguments


def test_help_names_every_command_and_every_command_has_help(shell: Shell) -> None:
    overview = shell("--help")
    assert overview.code == 0
    for name in COMMANDS:
        assert f"  {name} " in overview.out
        page = shell(name, "--help")
        assert page.code == 0
        assert page.out.startswith("Usage:")


def test_the_package_can_be_run_where_the_command_is_not_on_the_path() -> None:
    run = [sys.executable, "-m", "specquant", "techniques", "--nonsense"]
    result = subprocess.run(run, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr.startswith("Usage: python -m specquant techniques"), result.stderr


def test_version_is_printed(shell: Shell) -> None:
    from importlib.metadata import version

    assert version("specquant") in shell("--version").out


def test_techniques_are_listed_with_who_brings_them(shell: Shell) -> None:
    lines = shell("techniques").out.splitlines()
    assert [line.split() for line in lines if line.startswith("toy")] == [["toy", "toyspec", "0.3"]]
    assert any(line.split()[:2] == ["xps", "specquant"] for line in lines)


def test_library_prints_sensitivity_factors(shell: Shell) -> None:
    printed = [line.split() for line in shell("library", "-t", "toy").out.splitlines()]
    assert ["B", "1.0000"] in printed
    assert len(printed) == 6


def test_library_prints_the_lines_of_an_element(shell: Shell) -> None:
    printed = shell("library", "-t", "toy", "-e", "N").out
    assert "N: sensitivity factor 1.6000" in printed
    assert [line.split()[2] for line in printed.splitlines()[2:]] == ["144.0", "151.0"]


def test_library_is_plotted(shell: Shell, tmp_path: Path) -> None:
    picture = tmp_path / "pure.png"
    assert shell("library", "-t", "toy", "-e", "C", "-e", "O", "--plot", picture).code == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert list(tmp_path.iterdir()) == [picture]


def test_library_is_saved_and_used_again(shell: Shell, tmp_path: Path, spectra: Path) -> None:
    path = tmp_path / "library.nc"
    assert "6 elements" in shell("library", "-t", "toy", "--out", path).out
    with xr.open_dataset(path) as saved:
        assert saved.attrs["contract"] == "LIBRARY"
        assert saved.attrs["technique"] == "toy"
    file = spectra / "carbon.csv"
    with_file = shell("quantify", "-t", "toy", "--method", "nnls", "--library", path, file)
    assert with_file == shell("quantify", "-t", "toy", "--method", "nnls", file)


def test_library_is_built_from_a_folder_of_pure_spectra(shell: Shell, tmp_path: Path, spectra: Path) -> None:
    folder = tmp_path / "pure"
    folder.mkdir()
    shutil.copy(spectra / "boron.csv", folder / "B_clean.csv")
    shutil.copy(spectra / "carbon.csv", folder / "C.csv")
    path = tmp_path / "own.nc"
    assert "2 elements, 2 components" in shell("library", "-t", "toy", "--from", folder, "--out", path).out
    printed = shell("quantify", "-t", "toy", "--method", "nnls", "--library", path, spectra / "boron.csv").out
    assert printed.splitlines()[2].split()[0] == "B"


def test_synthesize_writes_spectra_with_truth_and_provenance(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "spectra.nc"
    result = shell("synthesize", "-t", "toy", "--recipe", "field", "--samples", 300, "--seed", 4, "--out", path)
    assert result.code == 0
    with xr.open_dataset(path) as written:
        assert written.sizes["sample"] == 300
        assert {"counts", "observed", "fraction", "global_shift"} <= set(written.variables)
        attrs = {name: written.attrs[name] for name in ("contract", "technique", "recipe", "seed")}
        assert attrs == {"contract": "SPECTRA", "technique": "toy", "recipe": "field", "seed": 4}
        assert written.attrs["command"].startswith("specquant synthesize")
        np.testing.assert_allclose(written["fraction"].sum("element"), 1, atol=1e-4)


def test_synthesize_gives_the_same_spectra_whatever_their_number(shell: Shell, tmp_path: Path) -> None:
    for name, samples in (("few.nc", 10), ("many.nc", 270)):
        assert shell("synthesize", "-t", "toy", "--samples", samples, "--out", tmp_path / name).code == 0
    with xr.open_dataset(tmp_path / "few.nc") as few, xr.open_dataset(tmp_path / "many.nc") as many:
        xr.testing.assert_equal(few.load(), many.isel(sample=slice(10)).load())


def test_train_leaves_a_model_and_no_checkpoint(model: Path) -> None:
    from specquant.discovery import load_technique
    from specquant.learning import NetworkQuantifier

    assert [path.name for path in model.parent.iterdir()] == ["toy.safetensors"]
    card = NetworkQuantifier.load(model, load_technique("toy")).card
    assert (card.recipe, card.spectra, card.technique) == ("article", 2560, "toy")
    assert card.command.startswith("specquant train")


def test_train_learns_from_a_fixed_set(shell: Shell, tmp_path: Path) -> None:
    data, out = tmp_path / "data.nc", tmp_path / "fixed.safetensors"
    shell("synthesize", "-t", "toy", "--samples", 400, "--out", data)
    result = shell("train", "-t", "toy", "--data", data, "--spectra", 512, "--out", out)
    assert result.code == 0
    assert "on recipe file data.nc" in result.out
    assert out.exists()


def test_quantify_prints_a_table(shell: Shell, spectra: Path) -> None:
    result = shell("quantify", "-t", "toy", "--method", "nnls", spectra / "oxide.csv")
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[0] == f"{spectra / 'oxide.csv'}  [oxide]"
    assert lines[1].split() == ["at%", "wt%"]
    atomic, weight = ({line.split()[0]: float(line.split()[place]) for line in lines[2:4]} for place in (1, 2))
    assert atomic == pytest.approx({"Li": 50, "O": 50}, abs=3)
    assert weight == pytest.approx({"Li": 30.3, "O": 69.7}, abs=3)  # masses 6.94 and 16.00
    for symbol, end in (("Li", lines[1].index("at%") + 3), ("O", lines[1].index("at%") + 3)):
        (line,) = [line for line in lines if line.split()[:1] == [symbol]]
        assert line[:end].split() == [symbol, f"{atomic[symbol]:.1f}"]  # numbers end under their heading


def test_intervals_have_their_heading_too(shell: Shell, spectra: Path, model: Path) -> None:
    lines = shell("quantify", "-t", "toy", "--model", model, spectra / "oxide.csv").out.splitlines()
    assert lines[1].split() == ["at%", "wt%", "90", "%", "interval,", "at%"]
    assert lines[2].split()[4] == "to"


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_quantify_writes_csv_with_weight_fractions_and_verdicts(
    shell: Shell, spectra: Path, tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(spectra)
    out = tmp_path / "found.csv"
    result = shell("quantify", "-t", "toy", "--model", model, "boron.csv", "./oxide.csv", "--long", "--out", out)
    assert result.code == 0
    numbers = "fraction,lower,upper,weight_fraction,detection_limit,layer_thickness,oxide_weight_fraction"
    assert (
        out.read_text().splitlines()[0]
        == f"file,sample,element,{numbers},oxide,verdict,reasons,method,model,model_version,model_sha256"
    )
    rows = read_csv(out)
    assert [(row["file"], row["sample"]) for row in rows] == [("boron.csv", "boron")] * 6 + [("oxide.csv", "oxide")] * 6
    assert [row["element"] for row in rows[:6]] == ["Li", "Be", "B", "C", "N", "O"]
    for row in rows:
        assert 0 <= float(row["lower"]) <= float(row["fraction"]) + 1e-6 <= float(row["upper"]) + 2e-6 <= 1 + 2e-6
    assert sum(float(row["fraction"]) for row in rows[:6]) == pytest.approx(1, abs=1e-4)
    masses = (6.94, 9.012, 10.81, 12.011, 14.007, 15.999)
    mass = [float(row["fraction"]) * one for row, one in zip(rows[:6], masses, strict=True)]
    found = [float(row["weight_fraction"]) for row in rows[:6]]
    assert found == pytest.approx([one / sum(mass) for one in mass], abs=1e-3)


def test_bounds_that_are_not_known_are_empty(shell: Shell, spectra: Path, tmp_path: Path) -> None:
    out = tmp_path / "found.csv"
    assert (
        shell("quantify", "-t", "toy", "--method", "poisson", spectra / "boron.csv", "--long", "--out", out).code == 0
    )
    rows = read_csv(out)
    assert {(row["lower"], row["upper"]) for row in rows} == {("", "")}
    assert max(rows, key=lambda row: float(row["fraction"]))["element"] == "B"


def test_quantify_writes_json(shell: Shell, spectra: Path, tmp_path: Path) -> None:
    out = tmp_path / "found.json"
    assert shell("quantify", "-t", "toy", "--method", "nnls", spectra / "boron.csv", "--out", out).code == 0
    content = json.loads(out.read_text())
    assert (content["technique"], content["method"]) == ("toy", "nnls")
    (entry,) = content["spectra"]
    assert entry["file"] == str(spectra / "boron.csv")
    assert {item["element"]: item["lower"] for item in entry["composition"]}["B"] is None
    assert {item["element"]: item["weight_fraction"] for item in entry["composition"]}["B"] > 0.9


def test_quantify_writes_netcdf_under_contract(shell: Shell, spectra: Path, tmp_path: Path) -> None:
    from specquant import contracts

    out = tmp_path / "found.nc"
    files = [spectra / "boron.csv", spectra / "carbon.csv"]
    assert shell("quantify", "-t", "toy", "--method", "nnls", *files, "--out", out).code == 0
    found = contracts.load(out, "COMPOSITION")
    assert found["file"].values.tolist() == [str(path) for path in files]
    assert found["fraction"].sel(element="C").values.argmax() == 1
    np.testing.assert_allclose(found["weight_fraction"].sum("element"), 1)
    assert found["weight_fraction"].attrs["units"] == "weight fraction"
    assert "y" not in found.coords


def test_quantify_writes_a_page(shell: Shell, spectra: Path, tmp_path: Path, model: Path) -> None:
    out = tmp_path / "found.html"
    assert shell("quantify", "-t", "toy", "--model", model, spectra / "boron.csv", "--out", out).code == 0
    page = out.read_text()
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert "boron" in page
    assert "at%" in page
    assert [path.name for path in tmp_path.iterdir()] == ["found.html"]


def test_a_file_with_several_spectra_gives_a_set_of_rows_each(shell: Shell, tmp_path: Path) -> None:
    data, out = tmp_path / "spectra.nc", tmp_path / "found.csv"
    shell("synthesize", "-t", "toy", "--samples", 3, "--out", data)
    assert (
        shell("quantify", "--method", "nnls", data, "--long", "--out", out).code == 0
    )  # the file states its technique
    assert [row["sample"] for row in read_csv(out)][::6] == ["0", "1", "2"]


def test_evaluate_scores_every_method_on_fresh_spectra(shell: Shell, model: Path, tmp_path: Path) -> None:
    arguments = ("evaluate", "-t", "toy", "--recipe", "article", "--samples", 20, "--model", model)
    result = shell(*arguments, "--json", "--out", tmp_path / "scores.csv")
    assert result.code == 0
    accuracy = json.loads(result.out)["accuracy"]
    assert set(accuracy) == {"cnn", "nnls", "poisson"}
    assert all(0 <= value <= 1 for value in accuracy.values())
    assert accuracy["nnls"] > 0.9
    assert len(read_csv(tmp_path / "scores.csv")) == 60
    table = shell(*arguments, "--method", "nnls").out.splitlines()
    assert table[1].split()[0] == "nnls"
    assert float(table[1].split()[3]) == pytest.approx(accuracy["nnls"], abs=1e-4)


def test_evaluate_scores_a_labelled_folder(shell: Shell, spectra: Path, tmp_path: Path) -> None:
    folder = tmp_path / "labelled"
    shutil.copytree(spectra, folder)
    (folder / "labels.csv").write_text(
        "id,file,sample,composition_at_percent,reliability\n"
        "1,boron.csv,boron,B:100,A\n2,oxide.csv,oxide,Li:50 O:50,B\n3,carbon.csv,unknown,,U\n"
    )
    result = shell("evaluate", "-t", "toy", "--data", folder, "--method", "nnls", "--json")
    assert result.code == 0
    content = json.loads(result.out)
    assert content["accuracy"]["nnls"] > 0.95
    assert set(content["by_class"]["nnls"]) == {"headline", "A", "B"}
    assert content["by_class"]["nnls"]["headline"]["samples"] == 2
    plain = shell("evaluate", "-t", "toy", "--data", folder, "--method", "nnls").out
    assert "worst first" in plain
    assert "(axis" not in plain
    shifted = shell("evaluate", "-t", "toy", "--data", folder, "--method", "nnls", "--shift", "0.5").out
    assert shifted.count("(axis +0.5 eV)") == 2


def test_explain_prints_where_each_element_is_read(shell: Shell, model: Path, tmp_path: Path) -> None:
    from specquant import contracts

    out = tmp_path / "importance.nc"
    result = shell("explain", "-t", "toy", "--model", model, "--shape", "voigt", "--width", 4, "--out", out)
    assert result.code == 0
    assert [line.split()[0] for line in result.out.splitlines()[1:7]] == ["Li", "Be", "B", "C", "N", "O"]
    attribution = contracts.load(out, "ATTRIBUTION")
    assert attribution["response"].shape == (201, 6)
    assert attribution.attrs["command"].startswith("specquant explain")


def test_run_leaves_every_stage(shell: Shell, spectra: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from specquant.pipeline import running

    monkeypatch.setitem(running.PRESETS, "quick", running.Preset(None, 1024, 8))
    out = tmp_path / "run"
    result = shell("run", "-t", "toy", spectra / "oxide.csv", "--out", out)
    assert result.code == 0, result.err
    assert {path.name for path in out.iterdir()} == {
        "report.html",
        "method.html",
        "report.json",
        "library.nc",
        "spectra.nc",
        "model.safetensors",
        "attribution.nc",
        "composition.csv",
    }
    assert f"report: {out / 'report.html'}" in result.out
    report = json.loads((out / "report.json").read_text())
    assert set(report["accuracy"]["article"]) == {"cnn", "nnls", "poisson"}
    assert report["samples"][0]["file"] == str(spectra / "oxide.csv")
    assert "oxide" in (out / "report.html").read_text()


def test_instrument_parameters_are_set_and_told(shell: Shell, spectra: Path, tmp_path: Path) -> None:
    out = tmp_path / "found.json"
    arguments = ("quantify", "-t", "bulk", "--method", "nnls", spectra / "oxide.csv", "--out", out)
    assert shell(*arguments, "--set", "voltage=12").code == 0
    (entry,) = json.loads(out.read_text())["spectra"]
    assert {"kind": "given", "text": "voltage 12 kV", "about": "voltage"} in entry["notes"]
    assert not [note for note in entry["notes"] if note["kind"] == "warning"]  # what is stated, the methods know


@pytest.mark.parametrize(
    ("command", "setting", "says"),
    [
        ("quantify", "votlage=12", "Did you mean 'voltage'?"),
        ("quantify", "voltage=500", "out of its range"),
        ("run", "voltage", "wanted NAME=NUMBER"),
        ("evaluate", "depth=1", "no such instrument parameter"),
    ],
)
def test_settings_that_cannot_be_are_refused_at_once(
    shell: Shell, tmp_path: Path, command: str, setting: str, says: str
) -> None:
    more = {"evaluate": ["--data", tmp_path], "run": ["--out", tmp_path / "run"], "quantify": [tmp_path / "no.csv"]}
    result = shell(command, "-t", "bulk", *more[command], "--set", setting)
    assert result.code == 1
    assert says in result.err


def test_classes_and_settings_are_for_labelled_data(shell: Shell) -> None:
    result = shell("evaluate", "-t", "toy", "--recipe", "article", "--class", "glass")
    assert result.code == 2
    assert "--class, --told, --same-instrument, --linear, --shift, --reference and --set are for --data" in result.err
    for option, value in (("--shift", "0"), ("--reference", "C1s=284.8"), ("--set", "gain=1")):
        assert shell("evaluate", "-t", "toy", "--recipe", "article", option, value).code == 2


def test_a_shift_is_taken_off_and_told(shell: Shell, spectra: Path, tmp_path: Path) -> None:
    path = spectra / "boron.csv"
    plain = shell("quantify", "-t", "toy", "--method", "nnls", path)
    told = shell("quantify", "-t", "toy", "--method", "nnls", path, "--shift", "0.5")
    assert "  offset: +0.5 eV, as stated" in told.out.splitlines()
    assert "offset" not in plain.out
    assert shell("quantify", "-t", "toy", "--method", "nnls", path, "--shift", "0") == plain
    both = shell("quantify", "-t", "toy", "--method", "nnls", path, "--shift", "0", "--reference", "C1s=284.8")
    assert both.code == 1
    assert "--shift and --reference exclude each other" in both.err
    unknown = shell("quantify", "-t", "toy", "--method", "nnls", path, "--reference", "C1s=284.8")
    assert unknown.code == 1
    assert "is not a reference line" in unknown.err
    assert not list(tmp_path.iterdir())


def test_offset_networks_are_for_recipes_with_offsets(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "offset.safetensors"
    result = shell("train", "-t", "toy", "--recipe", "field", "--offset", "--spectra", 256, "--out", out)
    assert result.code == 1
    assert "field: recipe draws no offsets of the axis" in result.err
    assert shell("train", "-t", "toy", "--offset", "--data", tmp_path / "a.nc", "--out", out).code == 2
    assert shell("train", "-t", "toy", "--offset", "--unstated", "--out", out).code == 2
    unnamed = shell("train", "-t", "toy", "--recipe", "field", "--unstated", "--out", out)
    assert (unnamed.code, "toy: technique names no unstated quantities" in unnamed.err) == (1, True)
    assert not out.exists()


def test_evaluate_takes_weights_and_classes(shell: Shell, spectra: Path, tmp_path: Path) -> None:
    folder = tmp_path / "labelled"
    shutil.copytree(spectra, folder)
    (folder / "labels.csv").write_text(
        "file,sample,kind,composition_wt_percent\nboron.csv,b,pure,B100\noxide.csv,o,glass,Li30.25 O69.75\n"
        "carbon.csv,c,glass,C100\n"
    )
    arguments = ("evaluate", "-t", "toy", "--data", folder, "--method", "nnls")
    content = json.loads(shell(*arguments, "--json").out)
    assert list(content["by_class"]["nnls"]) == ["all", "glass", "pure"]
    assert content["accuracy"]["nnls"] == content["by_class"]["nnls"]["all"]["accuracy"] > 0.95
    assert content["by_class"]["nnls"]["all"]["coverage"] is None
    table = shell(*arguments, "--kind", "glass", "--out", tmp_path / "scores.csv").out.splitlines()
    assert [line.split()[:3] for line in table[1:2]] == [["nnls", "glass", "2"]]
    assert table[1].split()[-1] == "-"
    assert {row["sample"] for row in read_csv(tmp_path / "scores.csv")} == {"o", "c"}


def test_evaluate_measures_what_the_mixing_law_is_worth(shell: Shell, tmp_path: Path) -> None:
    from specquant.discovery import load_technique
    from specquant.library import RenderedLibrary
    from specquant.synthesizer import RecipeSynthesizer

    bulk = load_technique("bulk")
    made = RecipeSynthesizer(bulk, RenderedLibrary(bulk), bulk.recipes["bulk"], 4).spectra(0, 40)
    rows = ["file,composition_at_percent"]
    wanted = np.flatnonzero((made["fraction"].values > 0.1).sum(axis=1) == 3)[:3]
    for row in wanted:
        one = made.isel(sample=int(row))
        np.savetxt(
            tmp_path / f"{row}.csv", np.column_stack([bulk.axis.centres, one["counts"]]), delimiter=",", fmt="%g"
        )
        parts = zip(bulk.elements, one["fraction"].values, strict=True)
        rows.append(f"{row}.csv," + " ".join(f"{symbol}:{100 * x:.3f}" for symbol, x in parts if x))
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    ask = ("evaluate", "-t", "bulk", "--data", tmp_path, "--method", "nnls", "--set", "voltage=12", "--json")
    own, linear = (json.loads(shell(*ask, *more).out)["accuracy"]["nnls"] for more in ((), ("--linear",)))
    assert len(wanted) == 3
    assert own > linear + 0.01
    refused = shell("evaluate", "-t", "bulk", "--data", tmp_path, "--method", "hybrid", "--linear")
    assert refused.code == 1


def test_pixels_keep_their_coordinates_in_netcdf(tmp_path: Path) -> None:
    from specquant import contracts
    from specquant.library import pure_spectra
    from specquant.readers import on_axis
    from specquant.session import FileResult, open_session
    from specquant.session.writing import write_answers
    from specquant.technique import Facts, RawSpectrum

    session = open_session("toy")
    technique, methods = session.technique, session.methods(["nnls"])
    energy, counts = technique.axis.centres, 1 + 1e3 * pure_spectra(technique, session.library)[3]
    raws = [RawSpectrum(f"p{x}", energy, counts, facts=Facts(pixel=(4, x))) for x in (7, 8)]
    mapped = on_axis(raws, technique, "map").to_dataset(technique)
    contracts.save(mapped, "SPECTRA", tmp_path / "map.nc")
    (result,) = session.quantify_each([tmp_path / "map.nc"], methods)
    assert isinstance(result, FileResult)
    write_answers([result, result], "nnls", technique, "a test", tmp_path / "found.nc")
    written = contracts.load(tmp_path / "found.nc", "COMPOSITION")
    assert (written["y"].values.tolist(), written["x"].values.tolist()) == ([4] * 4, [7, 8, 7, 8])
    contracts.save(mapped.isel(sample=[0]).drop_vars(["y", "x", "facts"]), "SPECTRA", tmp_path / "b.nc")
    (bare,) = session.quantify_each([tmp_path / "b.nc"], methods)
    assert isinstance(bare, FileResult)
    write_answers([result, bare], "nnls", technique, "a test", tmp_path / "mixed.nc")
    assert "y" not in contracts.load(tmp_path / "mixed.nc", "COMPOSITION").coords
