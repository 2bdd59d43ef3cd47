"""Maps from counts to result: phases, pixels, elements that few pixels have, resuming, files."""

import csv
import random
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from mapmaking import GLASS, OTHER, RARE, drawn, quarters, raw_map, spectrum, write_ripple
from specquant.errors import OutputError, SettingError, SpectrumError
from specquant.maps import quantify_map, running, summary_lines
from specquant.maps.answering import Answerer
from specquant.maps.blocks import BlockTask
from specquant.maps.lines import profile_along
from specquant.maps.pictures import pictures, write_pictures
from specquant.maps.planning import Planner
from specquant.maps.record import Pieces
from specquant.maps.reporting import map_html
from specquant.maps.running import read_answer
from specquant.maps.table import write_pixels
from specquant.readers import on_axis, open_map
from specquant.session import Session, open_session


@pytest.fixture(scope="module")
def session() -> Session:
    return open_session("eds")


@pytest.fixture(scope="module")
def shapes(session) -> list[np.ndarray]:
    return [spectrum(session, fraction) for fraction in (GLASS, OTHER, RARE)]


def truth(result, fraction) -> np.ndarray:
    return np.array([fraction.get(symbol, 0.0) for symbol in result.symbols])


@pytest.fixture(scope="module")
def two_phases(session, shapes):
    labels = quarters(64, 48)
    labels[10:14, 8:13] = 2
    counts = drawn(shapes, labels, 1000.0, 1)
    return labels, counts, quantify_map(session, raw_map(session, counts))


def test_phases_are_found_with_the_rare_one(two_phases):
    labels, _, result = two_phases
    found = result.dataset["phase"].values
    assert len(result.plan.phases) == 3
    for number in range(3):
        there = found[labels == number]
        assert (there == np.bincount(there).argmax()).mean() > 0.99


def test_pixels_have_the_composition_of_their_phase_with_errors_that_hold(two_phases):
    labels, _, result = two_phases
    for number, fraction in enumerate((GLASS, OTHER, RARE)):
        y, x = (xr.DataArray(index, dims="p") for index in np.nonzero(labels == number))
        pixels = result.dataset.isel(y=y, x=x)
        expected = truth(result, fraction)
        mean = pixels["fraction"].mean("p").values
        assert abs(mean - expected).max() < 0.03, dict(zip(result.symbols, mean.round(3), strict=True))
        holds = ((pixels["lower"] <= expected[:, None]) & (expected[:, None] <= pixels["upper"])).mean("p").values
        assert holds[expected > 0].min() > 0.8
        assert float(pixels["fraction"].sum("element").min()) == pytest.approx(1.0, abs=1e-5)
        few = pixels.sizes["p"] < 100  # the fit of few pixels errs by more
        assert 0.95 < float(pixels["chi_squared"].mean()) < (1.1 if few else 1.05)
    assert result.summary.verdicts["good"] > 0.9 * labels.size


def test_a_map_without_phases_is_one_phase_and_has_no_false_elements(session, shapes):
    for seed in range(3):
        result = quantify_map(session, raw_map(session, drawn(shapes, np.zeros((48, 48), int), 400.0, seed)))
        assert len(result.plan.phases) == 1
        assert set(result.symbols) == set(GLASS)


@pytest.mark.parametrize("fixed", [["O=55+-2"], ["O=55", "Fe=9wt%"]])
def test_what_is_fixed_is_so_in_phases_and_pixels_with_the_error_that_is_stated(session, shapes, fixed):
    counts, known = drawn(shapes, np.zeros((24, 24), int), 1000.0, 1), session.constraints(fix=fixed)
    raw = raw_map(session, counts)
    result = quantify_map(session, raw, constraints=known)
    total = raw.spectrum("sum", counts.sum(axis=(0, 1)).astype(float))
    alone = session.quantified(
        "sum", on_axis([total], session.technique, "sum", raw.stated), session.methods(["hybrid"]), known
    )
    of_one, of_phase = (each.compositions["hybrid"].isel(sample=0) for each in (alone, *result.plan.answers))
    for name in ("fraction", "lower", "upper"):
        np.testing.assert_allclose(of_phase[name], of_one[name], atol=1e-9)
    there = of_one.sel(element=list(result.symbols))
    pixels = result.dataset
    for name in ("fraction", "lower", "upper") if len(fixed) == 1 else ("fraction",):
        np.testing.assert_allclose(pixels[name].sel(element="O"), float(there[name].sel(element="O")), atol=1e-4)
    np.testing.assert_allclose(pixels["fraction"].mean(["y", "x"]), there["fraction"], atol=2e-3)
    scatter = pixels["fraction"].std(["y", "x"]).values
    np.testing.assert_allclose(pixels["counting_error"].mean(["y", "x"]).values, scatter, rtol=0.1, atol=1e-4)
    if len(fixed) == 2:
        np.testing.assert_allclose(pixels["weight_fraction"].sel(element="Fe"), 0.09, atol=1e-4)


def test_a_gradient_is_followed_pixel_by_pixel(session):
    parts = [spectrum(session, {"O": 0.6, "Si": 0.4 - x, "Fe": x}) for x in np.linspace(0.02, 0.3, 33)]
    labels = np.tile(np.arange(33), (40, 1))
    result = quantify_map(session, raw_map(session, drawn(parts, labels, 2000.0, 1)))
    mean = result.dataset["fraction"].sel(element="Fe").mean("y").values
    assert abs(mean - np.linspace(0.02, 0.3, 33)).max() < 0.02, mean.round(3)


def test_pixels_without_counts_are_said_to_be_that_and_not_to_be_pooled(session, shapes):
    counts = drawn(shapes, np.zeros((20, 20), int), 500.0, 2)
    counts[3], counts[10:, 7] = 0, 0
    result = quantify_map(session, raw_map(session, counts))
    lines = list(summary_lines(result))
    assert "  without counts: 7.5 %" in lines
    assert not any("pooled" in line for line in lines)
    assert np.isnan(result.dataset["fraction"].values[:, 3]).all()


def test_pixels_below_zero_are_not_said_to_be_without_counts(session, shapes):
    counts = drawn(shapes, np.zeros((20, 20), int), 500.0, 2).astype(np.float32)
    counts[3, 5], counts[10, 7] = 0, 0
    counts[10, 7, counts.sum((0, 1)).argmax()] = -1
    result = quantify_map(session, raw_map(session, counts))
    lines = list(summary_lines(result))
    assert "  without counts: 0.2 %" in lines
    assert "  counts below zero, not quantified: 0.2 %" in lines
    assert repr(result) == f"<map of {result.name!r}: 20 x 20 pixels, {', '.join(result.symbols)}>"


@pytest.mark.parametrize("begin_again", [False, True])
def test_counts_that_the_files_numbers_cannot_hold_are_said(session, shapes, begin_again):
    counts = drawn(shapes, np.zeros((8, 8), int), 20_000.0, 2)
    full = (counts if begin_again else np.minimum(counts, 255)).astype(np.uint8)
    result = quantify_map(session, raw_map(session, full))
    assert any("hold 255 counts, the most that numbers of 8 bits can" in line for line in summary_lines(result))
    assert not any("hold" in line for line in summary_lines(quantify_map(session, raw_map(session, counts))))


def test_a_shadowed_corner_is_pooled_and_says_so(session, shapes):
    labels, level = np.zeros((48, 48), int), np.full((48, 48), 500.0)
    level[:16, :16] = 12.0
    result = quantify_map(session, raw_map(session, drawn(shapes, labels, level, 2)))
    corner = result.dataset.isel(y=slice(0, 16), x=slice(0, 16))
    assert float(corner["cell"].min()) >= 4
    assert (result.dataset["cell"].values[16:] == 1).all()
    error = corner["error"].sel(element="Si").mean()
    assert float(error) < 0.09  # that of a hundred counts, not of twelve
    assert any("pooled for lack of counts" in line for line in summary_lines(result))


def test_an_element_of_single_pixels_is_found_by_what_is_left_over(session, shapes):
    """Two pixels far apart make no cluster; the lines that are left over say what they have."""
    labels = np.zeros((64, 64), int)
    labels[20, 30] = labels[50, 7] = 2
    for seed in range(3):
        result = quantify_map(session, raw_map(session, drawn(shapes, labels, 1000.0, seed)))
        assert "Sr" in result.symbols
        assert set(result.symbols) <= {*GLASS, *RARE}
        strontium = result.dataset["fraction"].sel(element="Sr").values
        assert (strontium[labels == 2] > 0.1).all()
        assert strontium[labels == 0].max() < 0.05


def test_a_weak_element_of_twenty_pixels_is_found(session, shapes):
    labels = np.zeros((64, 64), int)
    labels[20:24, 30:35] = 1
    weak = 0.9 * shapes[0] + 0.1 * spectrum(session, {"O": 0.66, "Zr": 0.34})
    for seed in range(3):
        result = quantify_map(session, raw_map(session, drawn([shapes[0], weak], labels, 1000.0, seed)))
        assert set(result.symbols) == {*GLASS, "Zr"}


def test_scores_of_elements_that_are_not_there_are_as_rare_as_stated(session, shapes):
    """Twenty maps with one alarm in twenty each: more than four would be a chance of one in four hundred."""
    counts = drawn(shapes, np.zeros((32, 640), int), 150.0, 3)
    planner = Planner(session, raw_map(session, counts), None, 1.0, map)
    plan = planner.plan()
    alarms = 0
    for part in range(20):
        pieces = Pieces.of(counts[:, 32 * part : 32 * part + 32])
        answerer = Answerer(pieces, plan.channels, plan.phases, plan.elements, 1024)
        for block in pieces.grid.blocks():
            zeros = np.zeros((1, 32, 32))
            task = BlockTask.of(block, zeros.astype(np.uint8) + 1, zeros.astype(np.int16))
            alarms += len(answerer(task).hits)
    assert alarms <= 4


def test_a_list_of_elements_is_kept_to(session, shapes):
    listed = [*GLASS, "Ti"]
    result = quantify_map(
        session,
        raw_map(session, drawn(shapes, np.zeros((16, 16), int), 1000.0, 1)),
        constraints=session.constraints(listed),
    )
    assert set(result.symbols) == set(listed)


def test_interrupted_and_taken_up_again_is_as_unbroken(session, shapes, tmp_path, monkeypatch):
    labels = quarters(96, 640)
    raw = raw_map(session, drawn(shapes, labels, 300.0, 1))
    whole = quantify_map(session, raw, tmp_path / "whole.nc")
    answered = 0
    usual = Answerer.__call__

    def broken(self, task):
        nonlocal answered
        answered += 1
        if answered in (1, 4, 6):
            raise KeyboardInterrupt
        return usual(self, task)

    monkeypatch.setattr(Answerer, "__call__", broken)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            quantify_map(session, raw, tmp_path / "broken.nc")
        assert not (tmp_path / "broken.nc").exists()
    again = quantify_map(session, raw, tmp_path / "broken.nc")
    xr.testing.assert_identical(again.dataset, whole.dataset)
    assert not list(tmp_path.glob("*.checkpoint"))
    assert answered < 3 + 2 * len(list(Pieces.of(raw.counts).grid.blocks()))


def test_a_resumed_map_reads_every_kept_answer_once_and_answers_a_damaged_one_again(
    session, shapes, tmp_path, monkeypatch
):
    raw = raw_map(session, drawn(shapes, quarters(96, 640), 300.0, 1))
    whole = quantify_map(session, raw, tmp_path / "whole.nc")
    usual, blocks = Answerer.__call__, len(list(Pieces.of(raw.counts).grid.blocks()))
    answered, decoded = 0, 0

    def interrupted(self, task):
        nonlocal answered
        answered += 1
        if answered == blocks:
            raise KeyboardInterrupt
        return usual(self, task)

    def counted(journal, key):
        nonlocal decoded
        decoded += 1
        return read_answer(journal, key)

    monkeypatch.setattr(Answerer, "__call__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        quantify_map(session, raw, tmp_path / "broken.nc")
    (checkpoint,) = tmp_path.glob("*.checkpoint")
    content = bytearray(checkpoint.read_bytes())
    begin = content.index(b'{"key": "0 0 0 0"')
    content[content.index(b"\n", begin) + 5000] ^= 1
    checkpoint.write_bytes(content)
    monkeypatch.setattr(running, "read_answer", counted)
    again = quantify_map(session, raw, tmp_path / "broken.nc")
    xr.testing.assert_identical(again.dataset, whole.dataset)
    assert blocks >= 4
    assert (decoded, answered) == (blocks - 1, blocks + 2)


def test_zarr_and_memory_hold_what_netcdf_holds(two_phases, session, tmp_path):
    pytest.importorskip("zarr")
    _, counts, result = two_phases
    for name in ("map.nc", "map.zarr"):
        stored = quantify_map(session, raw_map(session, counts), tmp_path / name).dataset.load()
        xr.testing.assert_equal(stored, result.dataset)
    assert list(stored["fraction"].dims) == ["element", "y", "x"]
    assert stored["x"].attrs["units"] == "um"


def test_threads_answer_as_one(two_phases, session):
    _, counts, result = two_phases
    other = quantify_map(session, raw_map(session, counts), jobs=2)
    xr.testing.assert_allclose(other.dataset, result.dataset)


def test_a_line_and_a_stack_of_maps_are_maps_too(session, shapes):
    line = quantify_map(session, raw_map(session, drawn(shapes, np.zeros((1, 80), int), 1000.0, 1)[0]))
    assert line.dataset["fraction"].dims == ("element", "x")
    stack = np.stack([drawn(shapes, np.full((10, 12), number), 1000.0, number) for number in (0, 1)])
    result = quantify_map(session, raw_map(session, stack))
    assert result.dataset["phase"].dims == ("frame", "y", "x")
    assert [np.unique(frame).size for frame in result.dataset["phase"].values] == [1, 1]
    assert len(result.plan.phases) == 2


@pytest.mark.parametrize(
    ("labels", "counts"),
    [
        ([0, 0, 0, 1, 1], 20_000.0),
        ([[0, 0, 0, 0, 1, 0, 0, 0]], 20_000.0),
        ([[0, 0], [0, 1]], 20_000.0),
        (np.repeat([0, 1], 10).tolist(), 1000.0),
    ],
)
def test_pixels_of_a_small_map_have_the_composition_of_their_phase(session, shapes, labels, counts):
    labels = np.array(labels)
    result = quantify_map(session, raw_map(session, drawn(shapes, labels, counts, 1)))
    assert len(result.plan.phases) == 2
    fraction = np.moveaxis(result.dataset["fraction"].values, 0, -1)
    for number, amounts in enumerate((GLASS, OTHER)):
        away = 0.5 * abs(fraction[labels == number] - truth(result, amounts)).sum(axis=-1)
        assert away.mean() < (0.015 if counts > 2000 else 0.05)


@pytest.mark.parametrize("shape", [(9,), (8, 8)])
def test_a_small_map_of_one_composition_is_one_phase(session, shapes, shape):
    for seed in range(2):
        raw = raw_map(session, drawn(shapes, np.zeros(shape, int), 3000.0, seed))
        assert len(quantify_map(session, raw).plan.phases) == 1


def test_a_line_scan_is_drawn_along_the_line_and_a_table_has_every_point(session, shapes, tmp_path):
    labels = np.repeat([0, 1], 4)
    result = quantify_map(session, raw_map(session, drawn(shapes, labels, 20_000.0, 1)))
    assert [path.stem for path in write_pictures(result, tmp_path)] == ["profile"]
    along = profile_along(result)
    assert along.title == "x, \N{MICRO SIGN}m"
    assert along.at.tolist() == [0.5 * number for number in range(8)]
    sodium = along.fraction[:, along.elements.index("Na")]
    assert (sodium[labels == 1] > 0.05).all()
    assert sodium[labels == 0].max() < 0.02
    with write_pixels(result, tmp_path / "line.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["x"] for row in rows] == [str(number) for number in range(8)]
    assert [float(row["Na at%"]) for row in rows] == pytest.approx(100 * sodium, abs=1e-3)
    assert {row["verdict"] for row in rows} == {"good"}
    listed = [line.split() for line in summary_lines(result) if line.startswith("  3.5 ")]
    assert [float(cell) for cell in listed[0][1:]] == pytest.approx(100 * along.fraction[7], abs=0.06)


def test_a_table_has_a_row_for_every_pixel_of_a_map(two_phases, tmp_path):
    labels, _, result = two_phases
    with write_pixels(result, tmp_path / "map.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == labels.size
    assert [(int(row["y"]), int(row["x"])) for row in rows] == list(np.ndindex(labels.shape))
    for symbol in ("O", "Si"):
        seen = np.array([float(row[f"{symbol} at%"]) for row in rows]).reshape(labels.shape)
        assert seen == pytest.approx(100 * result.dataset["fraction"].sel(element=symbol).values, abs=1e-3)


def test_pictures_are_written_of_every_element(two_phases, tmp_path):
    names = {path.stem for path in write_pictures(two_phases[2], tmp_path)}
    assert {*GLASS, *OTHER, "Ti", "Sr", "phases"} <= names
    assert any(name.endswith("overlay") for name in names)
    assert all((tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG") for name in names)


@pytest.mark.parametrize("shape", [(6, 7), (48, 12), (3, 48), (64, 48)])
def test_a_scale_bar_is_seen_and_hides_little(two_phases, shape):
    rows, columns = shape
    result = two_phases[2]
    part = replace(result, dataset=result.dataset.isel(y=slice(rows), x=slice(columns)))
    (axes, *_) = dict(pictures(part))["O"].axes
    *backing, bar = axes.patches
    top, bottom = bar.get_y(), bar.get_y() + bar.get_height()
    assert bottom <= rows - 0.5 or not bar.get_clip_on()
    assert top >= rows - 0.5 or backing
    assert all(patch.get_height() <= rows / 4 for patch in backing)
    assert columns / (rows * axes.get_aspect()) <= 8, "a strip is too flat to be seen"


def test_a_map_becomes_a_page(two_phases, session):
    labels, _, result = two_phases
    text = map_html(replace(result, name="<script>alert(1)</script>"), replace(session, command="specquant quantify"))
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text
    assert f"{labels.size} pixels" in text
    assert all(f"<h2>phase {number}</h2>" in text for number in (1, 2, 3))
    assert text.count("data:image/png") >= len(result.symbols) + 1


def test_maps_that_cannot_be_quantified_say_why(session, tmp_path):
    empty = raw_map(session, np.zeros((10, 10, session.technique.axis.size), np.uint8))
    with pytest.raises(SpectrumError, match=r"zero|no counts"):
        quantify_map(session, empty)
    with pytest.raises(OutputError, match="unknown output format of a map"):
        quantify_map(session, empty, tmp_path / "map.txt")


def test_counts_below_zero_are_said_with_their_pixel(session, shapes):
    counts = drawn(shapes, np.zeros((20, 24), int), 500.0, 2).astype(np.float32)
    counts[5, 7, 60] = -3.0
    counts[17, 3, 80] = -4e5
    with pytest.raises(SpectrumError, match=r"found -400000 in channel 80 of the pixel at y 17, x 3, the lowest"):
        quantify_map(session, raw_map(session, counts))


def test_the_command_quantifies_a_map_by_default_and_pixels_by_method(shell, shapes, tmp_path):
    pytest.importorskip("rsciio", reason="ripple is read by the extra formats")
    counts = drawn(shapes, quarters(16, 16), 1000.0, 1)
    path = write_ripple(tmp_path / "two.rpl", counts)
    outcome = shell("quantify", "-t", "eds", path, "--out", tmp_path / "two.nc", "--images", tmp_path / "pictures")
    assert outcome.code == 0, outcome.err
    assert "256 pixels, 2 phases" in outcome.out
    assert len(outcome.out.splitlines()) < 40
    assert (tmp_path / "pictures" / "Si.png").exists()
    with xr.open_dataset(tmp_path / "two.nc") as dataset:
        assert dataset.attrs["contract"] == "MAP_COMPOSITION"
        assert len(dataset.attrs["model_sha256"]) == 64
    small = write_ripple(tmp_path / "small.rpl", counts[:9, :8])
    by_pixel = shell("quantify", "-t", "eds", small, "--method", "nnls")
    assert "72 of 72 quantified" in by_pixel.out


@pytest.mark.parametrize("name", ["two.xlsx", "two.json"])
def test_what_has_no_pixels_cannot_hold_a_map(shell, shapes, tmp_path, name):
    path = write_ripple(tmp_path / "two.rpl", drawn(shapes, quarters(16, 16), 1000.0, 1))
    outcome = shell("quantify", "-t", "eds", path, "--out", tmp_path / name)
    assert outcome.code == 1
    assert "cannot hold this" in outcome.err


def test_hyperspy_files_are_read_again(two_phases, tmp_path):
    rsciio = pytest.importorskip("rsciio.hspy")
    from specquant.maps.hyperspy import write_hyperspy

    path = write_hyperspy(two_phases[2], tmp_path / "map.hspy")
    signals = {each["metadata"]["General"]["title"]: each for each in rsciio.file_reader(str(path))}
    np.testing.assert_array_equal(signals["fraction"]["data"], two_phases[2].dataset["fraction"].values)
    assert signals["phase"]["axes"][1]["units"] == "um"


def test_a_stored_map_is_quantified_as_from_its_file(two_phases, session, tmp_path):
    labels, counts, result = two_phases
    stated = raw_map(session, counts).stated
    array = xr.Dataset(
        {"counts": (("y", "x", "energy"), counts), "stated": ("parameter", list(stated.values()))},
        coords={
            "energy": ("energy", session.technique.axis.centres, {"units": "eV"}),
            "parameter": list(stated),
        },
        attrs={"technique": "eds"},
    )
    array.to_netcdf(tmp_path / "map.nc")
    raw = open_map(tmp_path / "map.nc", session.plugin.readers)
    again = quantify_map(session, replace(raw, axes=raw_map(session, counts).axes))
    np.testing.assert_allclose(again.dataset["fraction"], result.dataset["fraction"], atol=1e-5)
    assert labels.shape == raw.counts.shape[:2]
    assert Path(raw.counts.path).name == "map.nc"


_CLUSTER = """
import sys
from distributed import LocalCluster
from specquant.cli import main
local = LocalCluster(n_workers=1, threads_per_worker=2, processes=False, protocol="tcp", dashboard_address=None)
with local as cluster:
    sys.argv = ["specquant", *sys.argv[1:], "--scheduler", cluster.scheduler_address]
    main()
"""
"""Runs a command beside a cluster, in a process of its own: dask draws from global random generators."""


def test_a_cluster_answers_as_one_thread(shapes, shell, tmp_path):
    pytest.importorskip("distributed")
    path = write_ripple(tmp_path / "map.rpl", drawn(shapes, quarters(48, 48), 300.0, 1))
    assert shell("quantify", "-t", "eds", path, "--out", tmp_path / "one.nc").code == 0
    words = ["quantify", "-t", "eds", str(path), "--out", str(tmp_path / "cluster.nc")]
    subprocess.run([sys.executable, "-c", _CLUSTER, *words], check=True, capture_output=True)
    with xr.open_dataset(tmp_path / "one.nc") as one, xr.open_dataset(tmp_path / "cluster.nc") as other:
        xr.testing.assert_allclose(one.load(), other.load())


def test_a_cluster_that_is_not_there_is_said(session, shapes, request):
    pytest.importorskip("distributed")
    state = random.getstate()  # distributed draws names of its own
    request.addfinalizer(lambda: random.setstate(state))
    counts = drawn(shapes, np.zeros((10, 10), int), 500.0, 1)
    with pytest.raises(SettingError, match="no cluster answers"):
        quantify_map(session, raw_map(session, counts), scheduler="tcp://127.0.0.1:1")


@pytest.mark.fault
def test_killed_at_any_moment_the_same_command_ends_with_the_same_result(shapes, tmp_path):
    """SIGKILL at twenty random moments, each time in another process, then once to the end."""
    path = write_ripple(tmp_path / "map.rpl", drawn(shapes, quarters(160, 512), 300.0, 1))
    words = [
        sys.executable,
        "-c",
        "from specquant.cli import main; main()",
        "quantify",
        "-t",
        "eds",
        str(path),
        "--out",
    ]
    began = time.monotonic()
    subprocess.run([*words, str(tmp_path / "whole.nc")], check=True, capture_output=True)
    seconds, rng = time.monotonic() - began, np.random.default_rng(1)
    kills = 0
    for _ in range(20):
        process = subprocess.Popen(
            [*words, str(tmp_path / "killed.nc")], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        try:
            process.communicate(timeout=rng.uniform(0.2, 1.0) * seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            kills += 1
        if (tmp_path / "killed.nc").exists():
            _same(tmp_path / "killed.nc", tmp_path / "whole.nc")
            (tmp_path / "killed.nc").unlink()
    subprocess.run([*words, str(tmp_path / "killed.nc")], check=True, capture_output=True)
    _same(tmp_path / "killed.nc", tmp_path / "whole.nc")
    print(f"{kills} kills in runs of {seconds:.0f} s; left: {sorted(each.name for each in tmp_path.iterdir())}")
    assert {each.name for each in tmp_path.iterdir()} == {"map.rpl", "map.raw", "whole.nc", "killed.nc"}


def _same(one: Path, other: Path) -> None:
    with xr.open_dataset(one) as first, xr.open_dataset(other) as second:
        xr.testing.assert_equal(first.load(), second.load())


def test_sorting_says_how_far_it_is(session, shapes):
    said = []

    def watch(title, total):
        return lambda done, remark: said.append((title, done, total, remark))

    counts = drawn(shapes, quarters(48, 40), 1000.0, 1)
    quantify_map(session, raw_map(session, counts), watch=watch)
    steps = [(done, total, remark) for title, done, total, remark in said if title == "sorting pixels into phases"]
    done = [each[0] for each in steps]
    assert done == sorted(done)
    assert done[-1] == steps[-1][1] == 48 * 40
    assert "2 phases so far" in [each[2] for each in steps]


def test_pictures_show_elements_of_few_pixels_and_tell_phases_apart(session, shapes):
    labels = np.zeros((64, 80), int)
    labels[20:60, 10:50], labels[5:9, 60:65] = 1, 2
    result = quantify_map(session, raw_map(session, drawn(shapes, labels, 1000.0, 1)))
    drawn_ones = dict(pictures(result))
    (image,) = drawn_ones["Sr"].axes[0].images
    assert 15.0 < image.get_clim()[1] < 30.0  # at%, of 20 pixels of 5120
    (overlay,) = (name for name in drawn_ones if name.endswith("overlay"))
    three = set(overlay.removesuffix("-overlay").split("-"))
    assert three & {"Sr", "Ti"}, overlay
    assert three & {"Mg", "Ca", "Al", "Fe", "K", "Na"}, overlay
