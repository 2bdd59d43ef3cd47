"""Series: one profile along what varies, one axis offset for all, and neighbours taken into account where asked."""

import csv
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner

import xpsfiles
from mapmaking import spectrum
from specquant.cli import cli
from specquant.report.figures.profile import profile_figure
from specquant.series import Profile, profile_of, smoothed
from specquant.session import open_session
from specquant.session.fitted import on_fitted_instrument
from specquant.session.sharing import SharedInstrument
from specquant.spectra import Spectra
from specquant.technique import Coordinate, Facts, Floats


def profile(at: Floats, fraction: Floats, error: float = 0.02) -> Profile:
    names = tuple(f"s{number}" for number in range(len(at)))
    half = 1.645 * error
    bounds = np.clip(fraction - half, 0, 1), np.clip(fraction + half, 0, 1)
    return Profile("Etch time", "s", at, names, ("O", "Si"), fraction, *bounds, np.full_like(fraction, error))


def test_spectra_are_ordered_by_their_coordinate_and_rare_elements_left_out() -> None:
    fraction = np.array([[0.2, 0.8, 0.0], [0.6, 0.395, 0.005], [0.4, 0.6, 0.0]])
    facts = [Facts(coordinate=Coordinate("Depth", value, "nm")) for value in (30.0, 10.0, 20.0)]
    made = profile_of(
        facts, ("a", "b", "c"), ("C", "Si", "Au"), fraction, fraction - 0.1, fraction + 0.1, 0 * fraction, 0.01
    )
    assert (made.title, made.names, made.elements) == ("Depth, nm", ("b", "c", "a"), ("Si", "C"))
    assert made.at.tolist() == [10.0, 20.0, 30.0]
    np.testing.assert_allclose(made.fraction, [[0.395, 0.6], [0.6, 0.4], [0.8, 0.2]])
    assert list(made.lines())[:2] == ["Depth, nm        Si      C", "10             39.5   60.0"]


def test_without_a_common_coordinate_spectra_are_numbered() -> None:
    fraction = np.array([[1.0], [1.0]])
    facts = [Facts(coordinate=Coordinate("Depth", 3.0)), Facts()]
    made = profile_of(facts, ("a", "b"), ("C",), fraction, fraction, fraction, fraction, 0.01)
    assert (made.coordinate, made.at.tolist(), made.names) == ("Spectrum", [1.0, 2.0], ("a", "b"))


@pytest.mark.parametrize(
    ("first", "second", "title", "names"),
    [
        (Coordinate("Depth", 3.0, "nm"), Coordinate("Depth", 2.0, "um"), "Spectrum", ("a", "b")),
        (Coordinate("Depth", 3.0, "nm"), Coordinate("Depth", 2.0, "nm"), "Depth, nm", ("b", "a")),
    ],
)
def test_values_in_two_units_are_not_one_axis(
    first: Coordinate, second: Coordinate, title: str, names: tuple[str, ...]
) -> None:
    ones, facts = np.array([[1.0], [1.0]]), [Facts(coordinate=first), Facts(coordinate=second)]
    made = profile_of(facts, ("a", "b"), ("C",), ones, ones, ones, ones, 0.01)
    assert (made.title, made.names) == (title, names)


@pytest.mark.parametrize(
    ("tables", "values"),
    [
        ([{"Index": [1, "d"], "Time": [20.5, "s"]}, {"Index": [1, "d"], "Time": [0.5, "s"]}], [20.5, 0.5]),
        ([{"Time": [20.5, "s"]}, {"Time": [0.5, "min"]}], []),
        ([{"Time": [20.5, "s"]}, {}], []),
        ([{"Time": [20.5, "s"]}, {"Time": [float("nan"), "s"]}], []),
        ([{"Time": [20.5, "s"]}, {"Time": "soon"}], []),
        ([{"Time": [20.5, "s"]}, "none"], []),
        ([{"Time": [20.5, "s"]}], []),
    ],
)
def test_spectra_of_many_files_lie_along_what_their_headers_state(tables: list[object], values: list[float]) -> None:
    headers = [{Coordinate.VARIABLES: table} for table in tables]
    assert [place.value for place in Coordinate.along(headers)] == values
    if values:
        ones = np.ones((len(tables), 1))
        made = profile_of([Facts(header) for header in headers], ("a", "b"), ("C",), ones, ones, ones, ones, 0.01)
        assert (made.title, made.at.tolist(), made.names) == ("Time, s", [0.5, 20.5], ("b", "a"))


def test_a_series_of_one_spectrum_has_its_coordinate() -> None:
    alone = np.array([[1.0]])
    made = profile_of(
        [Facts(coordinate=Coordinate("Depth", 3.0, "nm"))], ("a",), ("C",), alone, alone, alone, alone, 0.01
    )
    assert (made.title, made.at.tolist()) == ("Depth, nm", [3.0])


def test_smoothing_brings_values_nearer_to_the_truth_and_keeps_an_edge() -> None:
    rng, at = np.random.default_rng(3), np.linspace(0.0, 100.0, 40)
    before, after, inside = [], [], []
    for _ in range(20):
        oxygen = 0.3 + 0.2 / (1 + np.exp((at - 50) / 3))
        truth = np.stack([oxygen, 1 - oxygen], axis=1)
        noisy = oxygen + rng.normal(0.0, 0.02, at.size)
        one = profile(at, np.stack([noisy, 1 - noisy], axis=1))
        smooth = one.smoothed()
        np.testing.assert_allclose(smooth.fraction.sum(axis=1), 1.0, atol=1e-9)
        before.append(np.abs(one.fraction - truth).mean())
        after.append(np.abs(smooth.fraction - truth).mean())
        inside.append(np.mean((smooth.lower <= truth) & (truth <= smooth.upper)))
        assert smooth.fraction[0, 0] - smooth.fraction[-1, 0] > 0.15
    assert np.mean(after) < 0.75 * np.mean(before)
    assert 0.80 < np.mean(inside) < 0.97


def sputtered(scatter: float) -> tuple[Floats, Floats, Profile]:
    """Return truth, what is 3 % off by a sensitivity factor, and a profile of that with errors of 5 % that hold it."""
    at = np.linspace(0.0, 330.0, 12)
    carbon = 0.35 * np.exp(-at / 40.0) + 0.01
    truth, off = (np.stack([part, 1.0 - part], axis=1) for part in (carbon, 1.03 * carbon))
    half = 1.645 * 0.05 * np.stack([carbon, carbon], axis=1)
    names = tuple(f"s{number}" for number in range(12))
    made = Profile("Etch time", "s", at, names, ("C", "Si"), off, off - half, off + half, np.full_like(off, scatter))
    return truth, off, made


def test_what_all_spectra_share_is_not_smoothed_away() -> None:
    """Carbon stays at the surface as it was measured, and intervals stay as wide as a sensitivity factor makes them."""
    truth, off, made = sputtered(2e-4)
    smooth = made.smoothed()
    np.testing.assert_allclose(smooth.fraction, off, atol=2e-3)
    assert ((smooth.lower <= truth) & (truth <= smooth.upper)).all()
    np.testing.assert_allclose(smooth.upper - smooth.fraction, made.upper - off, rtol=0.1, atol=2e-3)
    assert smooth.measured is off


def test_where_counting_errors_are_not_known_bends_tell_what_scatters() -> None:
    rng, at = np.random.default_rng(3), np.linspace(0.0, 100.0, 40)
    oxygen = 0.3 + 0.2 / (1 + np.exp((at - 50) / 10))
    noisy = oxygen + rng.normal(0.0, 0.02, at.size)
    unknown = np.full((40, 2), np.nan)
    values = np.stack([noisy, 1.0 - noisy], axis=1)
    made = Profile("Etch time", "s", at, ("s",) * 40, ("O", "Si"), values, unknown, unknown, unknown)
    smooth = made.smoothed()
    assert np.abs(smooth.fraction[:, 0] - oxygen).mean() < 0.7 * np.abs(noisy - oxygen).mean()
    assert np.isnan(smooth.lower).all()


def test_a_flat_profile_becomes_its_mean_and_gaps_are_filled() -> None:
    rng, at = np.random.default_rng(1), np.arange(30.0)
    values = 0.5 + rng.normal(0.0, 0.01, 30)
    values[7] = np.nan
    smooth, errors = smoothed(at, values, np.full(30, 0.01))
    np.testing.assert_allclose(smooth, np.nanmean(values), atol=0.004)
    assert np.all(errors < 0.005)
    alone = np.array([0.5, np.nan])
    np.testing.assert_array_equal(smoothed(at[:2], alone, alone)[0], alone)


def dense(at: Floats, values: Floats, errors: Floats) -> tuple[Floats, Floats]:
    """Return what `smoothed` has to give, by matrices: the likeliest of its random walks, and values given all others.

    A walk begins with mean 0 and variance 1; `values` that are NaN were not observed.
    """
    known = np.flatnonzero(np.isfinite(values))
    steps = np.append(0.0, np.cumsum(np.diff(at) / (at[-1] - at[0]) * (len(at) - 1)))

    def walk(rate: float) -> tuple[Floats, Floats]:
        prior = 1.0 + rate * np.minimum.outer(steps, steps)
        return prior, prior[np.ix_(known, known)] + np.diag(errors[known] ** 2)

    def likelihood(rate: float) -> float:
        covariance = walk(rate)[1]
        away = values[known] @ np.linalg.solve(covariance, values[known])
        return -0.5 * float(np.linalg.slogdet(covariance)[1] + away)

    prior, covariance = walk(max(1e-8 * np.geomspace(1.0, 1e8, 33), key=likelihood))
    gain = np.linalg.solve(covariance, prior[known]).T
    return gain @ values[known], np.sqrt(np.diag(prior - gain @ prior[known]))


@pytest.mark.parametrize("gap", [None, 0, 5])
def test_smoothing_is_that_of_the_likeliest_random_walk(gap: int | None) -> None:
    rng = np.random.default_rng(7)
    at = np.cumsum(rng.uniform(0.5, 9.0, 12))
    values = 0.4 + np.cumsum(rng.normal(0.0, 0.03, 12)) + rng.normal(0.0, 0.02, 12)
    errors = rng.uniform(0.01, 0.04, 12)
    if gap is not None:
        values[gap] = np.nan
    expected, deviations = dense(at, values, errors)
    smooth, found = smoothed(at, values, errors)
    np.testing.assert_allclose(smooth, expected, rtol=1e-6)
    np.testing.assert_allclose(found, deviations, rtol=1e-5)


def test_two_values_are_smoothed_and_values_at_one_place_are_one() -> None:
    """Two values 0.02 apart with errors of 0.1 are both their mean; of three, two at one place, so are these two."""
    two, _ = smoothed(np.array([0.0, 1.0]), np.array([0.40, 0.42]), np.full(2, 0.1))
    np.testing.assert_allclose(two, 0.41, atol=0.003)
    three, errors = smoothed(np.array([0.0, 1.0, 1.0]), np.array([0.1, 0.5, 0.6]), np.full(3, 0.01))
    assert three[1] == pytest.approx(three[2])
    assert three[1] == pytest.approx(0.55, abs=0.005)
    assert errors[1] == pytest.approx(0.01 / np.sqrt(2), rel=0.05)


def test_a_line_of_the_table_is_as_wide_as_its_title() -> None:
    one = replace(profile(np.arange(3.0), np.full((3, 2), 0.5)), coordinate="Time since the sputtering began")
    head, *rows = one.lines()
    assert {len(row) for row in rows} == {len(head)}


def series(tmp_path: Path) -> Path:
    """A VAMAS file of three surveys at three etch times, out of order."""
    regions = [xpsfiles.region(f"etch {time}", 0.0, 1200.0, 1.0, seed=time) for time in (20, 0, 10)]
    lines = xpsfiles.vamas(regions).decode().split("\r\n")
    variables = lines.index("REGULAR") + 2
    lines[variables : variables + 1] = ["1", "Etch time", "s"]
    text = "\r\n".join(lines)
    for region in regions:
        time = region.title.split()[1]
        text = text.replace("XPS\r\nAl\r\n1486.6", f"XPS\r\n{time}.5\r\nAl\r\n1486.6", 1)
    path = tmp_path / "etch.vms"
    path.write_text(text, newline="")
    return path


def test_the_experimental_variable_of_a_file_is_the_coordinate(tmp_path: Path) -> None:
    spectra = open_session("xps", shift=0.0).read(series(tmp_path))
    assert [each.coordinate for each in spectra.facts] == [
        Coordinate("Etch time", time, "s") for time in (20.5, 0.5, 10.5)
    ]


def test_all_spectra_of_a_series_share_one_offset(tmp_path: Path) -> None:
    path = series(tmp_path)
    session = open_session("xps")
    offsets = [each.axis_offset for each in session.read(path).facts]
    together = session.with_series([path])
    shared = [each.axis_offset for each in together.read(path).facts]
    assert shared == pytest.approx([round(float(np.median(offsets)), 2)] * 3)
    stated = open_session("xps", shift=1.5)
    assert stated.with_series([path]) is stated


def test_the_command_prints_writes_and_draws(tmp_path: Path) -> None:
    path, table, plot = series(tmp_path), tmp_path / "p.csv", tmp_path / "p.png"
    options = ["--method", "nnls", "--smooth", "--out", str(table), "--plot", str(plot)]
    done = CliRunner().invoke(cli, ["profile", "-t", "xps", str(path), *options], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0].startswith("Etch time, s")
    assert [line.split()[0] for line in lines[1:4]] == ["0.5", "10.5", "20.5"]
    assert "smoothed along the series by a random walk" in done.output
    head = table.read_text().splitlines()[0]
    assert head.startswith('spectrum,"Etch time, s"')
    assert head.endswith("method,model,model_version,model_sha256")
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_files_that_state_nothing_are_in_the_order_of_their_numbers_and_that_is_said(tmp_path: Path) -> None:
    names = [tmp_path / f"etch {number}.csv" for number in (1, 10, 2)]
    for seed, name in enumerate(names):
        name.write_bytes(xpsfiles.two_columns(xpsfiles.region(seed=seed)))
    table = tmp_path / "p.csv"
    options = ["--method", "nnls", "--out", str(table)]
    done = CliRunner().invoke(cli, ["profile", "-t", "xps", *map(str, names), *options], catch_exceptions=False)
    assert "assumed: files in the order of the numbers in their names, etch 1.csv to etch 10.csv, as" in done.output
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [row["spectrum"] for row in rows] == ["etch 1", "etch 2", "etch 10"]


def test_files_of_one_survey_each_lie_along_the_variable_that_they_state(tmp_path: Path) -> None:
    session = open_session("xps", shift=0.0)
    whole = session.read(series(tmp_path))
    apart = [replace(whole.facts[row], coordinate=None) for row in range(3)]
    ones = np.ones((3, 1))
    made = profile_of(apart, whole.names, ("C",), ones, ones, ones, ones, 0.01)
    assert (made.title, made.at.tolist()) == ("Etch time, s", [0.5, 10.5, 20.5])


def test_the_table_names_files_that_could_not_be_used(tmp_path: Path) -> None:
    path, empty, table = series(tmp_path), tmp_path / "empty.vms", tmp_path / "p.csv"
    empty.touch()
    options = ["--method", "nnls", "--out", str(table)]
    done = CliRunner().invoke(cli, ["profile", "-t", "xps", str(path), str(empty), *options])
    assert isinstance(done.exception, click.exceptions.Exit | SystemExit)
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [row["unused"] for row in rows[:3]] == [""] * 3
    assert [row["spectrum"] for row in rows[3:]] == [str(empty)]
    assert rows[3]["unused"].startswith(f"{empty}: is empty")
    assert rows[3]["method"] == "nnls"


def test_the_figure_has_a_line_and_a_band_for_every_element() -> None:
    (axes,) = profile_figure(profile(np.arange(3.0), np.array([[0.4, 0.6]] * 3))).axes
    assert [label for line in axes.lines if not (label := str(line.get_label())).startswith("_")] == ["O", "Si"]
    assert axes.get_xlabel() == "Etch time, s"
    assert len(axes.collections) == 2


def surveys(exponent: float) -> tuple[Spectra, Floats]:
    """Return six surveys from SiO2 to Si3N4 on one instrument of another transmission, and their fractions."""
    session = open_session("xps", shift=0.0)
    technique, rng = session.technique, np.random.default_rng(4)
    steps = np.linspace(0.0, 1.0, 6)
    amounts = [{"Si": 0.33 + 0.1 * step, "O": 0.67 * (1 - step), "N": 0.57 * step} for step in steps.tolist()]
    truth = np.array([[each.get(symbol, 0.0) for symbol in technique.elements] for each in amounts])
    shapes = [spectrum(session, each, transmission_exponent=exponent) for each in amounts]
    counts = rng.poisson(np.array(shapes) * 3e5).astype(np.float32)
    unstated = np.full((len(counts), len(technique.stated)), np.nan)
    return Spectra(counts, np.ones(counts.shape, dtype=bool), unstated), truth


def test_spectra_of_a_series_are_fitted_on_one_instrument() -> None:
    spectra, truth = surveys(-0.3)
    session = open_session("xps", shift=0.0)
    together = on_fitted_instrument(session, [spectra])
    shared = together.shared
    assert shared is not None
    assert abs(shared.values["transmission_exponent"] - -0.3) < 3 * shared.deviations["transmission_exponent"]
    assert "overlayer" not in shared.values
    assert "loss_probability" not in shared.values
    methods = [each.methods(["hybrid"])["hybrid"] for each in (session, together)]
    alone, joint = (method.answer(spectra).fraction for method in methods)
    scatter = [np.abs(np.diff(fraction - truth, axis=0)).mean() for fraction in (alone, joint)]
    assert scatter[1] < 1.05 * scatter[0], scatter
    assert np.abs(joint - truth).mean() < 1.05 * np.abs(alone - truth).mean()


def test_what_fits_say_together_counts_what_was_thought_before_once() -> None:
    """Three spectra that say 2 +- 0.3 of what is 0 +- 1 before them."""
    deviation = (1 / (1 / 0.3**2 + 1)) ** 0.5
    value = 2 / 0.3**2 * deviation**2
    one = SharedInstrument({"a": value}, {"a": deviation}, {"a": 1.0}, {"a": 0.0})
    together = SharedInstrument.together([one, one, one])
    assert together.deviations["a"] == pytest.approx((1 / (3 / 0.3**2 + 1)) ** 0.5)
    assert together.values["a"] == pytest.approx(3 * 2 / 0.3**2 / (3 / 0.3**2 + 1))
    silent = SharedInstrument({"a": 0.0}, {"a": 1.0}, {"a": 1.0}, {"a": 0.0})
    assert SharedInstrument.together([silent, silent]).deviations["a"] == pytest.approx(1.0)


def test_the_command_says_what_the_series_shares(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["profile", "-t", "xps", str(series(tmp_path))], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "instrument, by all spectra together: " in done.output
