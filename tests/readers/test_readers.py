import os
import re
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from weakref import ReferenceType, ref

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from specquant import contracts
from specquant.errors import ContractError, ReadError, SettingError, SpecquantError, SpectrumError
from specquant.notes import Note, NoteKind
from specquant.readers import check_raw, load_spectra, on_axis, parse_given, place, read_file, text
from specquant.readers.stored import read_own
from specquant.spectra import Spectra
from specquant.technique import EnergyAxis, Facts, InstrumentParameter, RawSpectrum, Reader, Role, Technique

ENERGY = np.arange(0.0, 12.0, 0.5)
COUNTS = np.arange(len(ENERGY)) * 10.0 + 2.5
AXIS = EnergyAxis(0.0, 100.0, 1.0)
PLAIN = Technique("toy", "Toy", AXIS, ("H",), {"H": 1.0}, (), {})


def table(separator: str = ",", decimal: str = ".", end: str = "\n", head: str = "", more: str = "") -> str:
    rows = [f"{e:.2f}{separator}{c:.1f}{more}".replace(".", decimal) for e, c in zip(ENERGY, COUNTS, strict=True)]
    return head + end.join(rows) + end


def spectrum(energy: np.ndarray, counts: np.ndarray, name: str = "s") -> RawSpectrum:
    return RawSpectrum(name, np.asarray(energy, float), np.asarray(counts, float))


def read_text(tmp_path: Path, data: str | bytes, name: str = "sample.csv") -> RawSpectrum:
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    (raw,) = read_file(path)
    return raw


VARIANTS: dict[str, str | bytes] = {
    "comma": table(),
    "comma and blank": table(", "),
    "tab": table("\t"),
    "semicolon": table(";"),
    "blank": table(" "),
    "many blanks": "  " + table("    ").replace("\n", "  \n   "),
    "semicolon, decimal comma": table(";", ","),
    "tab, decimal comma": table("\t", ","),
    "blank, decimal comma": table(" ", ","),
    "crlf": table(end="\r\n"),
    "cr": table(end="\r"),
    "cr cr lf": table(end="\r\r\n"),
    "utf-8 mark": table().encode("utf-8-sig"),
    "utf-16": table().encode("utf-16"),
    "utf-16 big, no mark": table("\t").encode("utf-16-be"),
    "utf-16 little, no mark": table("\t").encode("utf-16-le"),
    "latin-1": ("# Stra\xdfe, 20 \xb5A\n" + table()).encode("latin-1"),
    "titles": table(head="Energy (eV),Intensity\n"),
    "quoted": re.sub(r"([\d.]+)", r'"\1"', table(head="Energy,Counts\n")),
    "comments": table("\t", head="# one\n# two 3\n\n%four\n"),
    "header with numbers": table("\t", head="Anode\t15 kV\n3\nRegion 1 of 1\n1200 0 0.5 20\n"),
    "third column": table(more=",7.25"),
    "other scale second": table(head="A,B,C\n", separator=",").replace(",", ",@,"),
    "comment amid": table().replace("5.00,", "# pause\n\n5.00,", 1),
    "footer": table() + "\nend of data\n",
    "trailing separator": table(more=","),
    "exponents": "\n".join(f"{e:.6E},{c:.6e}" for e, c in zip(ENERGY, COUNTS, strict=True)),
    "dos end": table().encode() + b"\x1a",
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_text_is_read_however_it_is_written(tmp_path: Path, variant: str) -> None:
    data = VARIANTS[variant]
    if isinstance(data, str) and "@" in data:
        data = re.sub(r"^([\d.]+),@", lambda m: f"{m[1]},{100 - float(m[1]):g}", data, flags=re.M).replace("@,", "")
    raw = read_text(tmp_path, data)
    np.testing.assert_allclose(raw.energy, ENERGY)
    np.testing.assert_allclose(raw.counts, COUNTS)
    assert raw.name == "sample"


def test_header_and_titles_are_kept(tmp_path: Path) -> None:
    raw = read_text(tmp_path, table("\t", head="Instrument X\r\n\r\n# Energy\tCounts\r\n", end="\r\n"))
    assert raw.header["header"] == ["Instrument X", "# Energy\tCounts"]
    assert raw.header["columns"] == ["Energy", "Counts"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b" \r\n\n", "is empty"),
        (b"Dear colleague,\nplease find attached nothing.\n", "no line of two numbers alone"),
        (b"1\n2\n3\n", "no line of two numbers alone"),
        (table().replace("5.00,102.5", "5.00,n/a").encode(), "line 11"),
        ((table() + "Region 2\n" + table()).encode(), "line 25"),
        (b"PK\x03\x04" + bytes(100), "no known format"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "no known format"),
        (b"\x89HDF\r\n\x1a\n" + bytes(300), "is a damaged HDF5 file"),
        (b"CDF\x01" + b"\xff" * 20, "netCDF"),
    ],
)
def test_what_is_no_spectrum_is_refused_with_the_reason(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(ReadError, match=re.escape(says)) as caught:
        read_file(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_paths_that_are_no_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no such file"):
        read_file(tmp_path / "missing.csv")
    with pytest.raises(ReadError, match=r"no such file. Standard input is /dev/stdin"):
        read_file(Path("-"))
    with pytest.raises(ReadError, match=r"no such file. Give the files that the pattern stands for"):
        read_file(tmp_path / "*.csv")
    with pytest.raises(ReadError, match="is a folder"):
        read_file(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ReadError, match="is not a regular file"):
        read_file(tmp_path / "pipe")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400) | st.text("0123456789.,;\t\n\r eE+-#abc", max_size=400).map(str.encode))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_bytes(content)
    for read in (read_file, text.read):
        try:
            raws = read(path)
        except SpecquantError:
            continue
        assert all(raw.energy.shape == raw.counts.shape for raw in raws)


def reader(name: str, suffix: str, sniff: Callable[[bytes], bool], seen: list[str]) -> Reader:
    def read(path: Path) -> list[RawSpectrum]:
        seen.append(name)
        return [spectrum(ENERGY, COUNTS, path.stem)]

    return Reader(name, (suffix,), sniff, read)


def test_content_decides_and_plugin_readers_come_first(tmp_path: Path) -> None:
    seen: list[str] = []
    readers = [
        reader("blind", ".csv", lambda _: False, seen),
        reader("magic", ".mag", lambda head: head.startswith(b"MAGIC"), seen),
        reader("magic csv", ".csv", lambda head: head.startswith(b"MAGIC"), seen),
    ]
    (tmp_path / "a.csv").write_text("MAGIC\n" + table())
    (tmp_path / "b.mag").write_text(table())
    read_file(tmp_path / "a.csv", readers)
    assert seen == ["magic csv"]
    read_file(tmp_path / "b.mag", readers)
    assert seen == ["magic csv"]


def test_a_reader_that_breaks_becomes_a_read_error(tmp_path: Path) -> None:
    def broken(path: Path) -> list[RawSpectrum]:
        raise KeyError(path.name)

    (tmp_path / "a.csv").write_text(table())
    with pytest.raises(ReadError, match="odd reader failed"):
        read_file(tmp_path / "a.csv", [Reader("odd", (), lambda _: True, broken)])
    with pytest.raises(ReadError, match="holds no spectrum"):
        read_file(tmp_path / "a.csv", [Reader("odd", (), lambda _: True, lambda _: [])])


def bad(change: Callable[[np.ndarray, np.ndarray], None], size: int = 40) -> RawSpectrum:
    energy, counts = np.arange(size, dtype=float), np.full(size, 7.0)
    change(energy, counts)
    return spectrum(energy, counts)


def put(which: int, index: int, value: float) -> Callable[[np.ndarray, np.ndarray], None]:
    return lambda energy, counts: (energy, counts)[which].__setitem__(index, value)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (bad(put(1, 13, np.nan)), r"nan in channel 13"),
        (bad(put(1, 0, np.inf)), r"inf in channel 0"),
        (bad(put(0, 5, np.nan)), r"energy is not a number; found nan in channel 5"),
        (bad(put(1, 20, -1e-9)), r"negative; found -1e-09 in channel 20"),
        (bad(put(1, 3, 1e37)), r"absurd; found 1e\+37 in channel 3"),
        (bad(put(0, 8, 7.0)), r"occurs twice; found 7 in channels 7 and 8"),
        (bad(put(0, 8, 2.0)), r"turns back; found 2 in channel 8"),
        (bad(lambda _energy, counts: counts.fill(0)), "all counts are zero"),
        (bad(lambda _energy, _counts: None, size=9), "too few points.* found 9"),
        (spectrum(np.arange(12), np.ones(13)), "differ in shape"),
        (spectrum(np.ones((4, 4)), np.ones((4, 4))), "differ in shape"),
    ],
)
def test_unusable_spectra_are_refused(raw: RawSpectrum, says: str) -> None:
    with pytest.raises(SpectrumError, match=says) as caught:
        check_raw(raw, "file.csv")
    assert str(caught.value).startswith("file.csv, spectrum 's'")


def test_descending_energy_is_turned() -> None:
    checked = check_raw(spectrum(ENERGY[::-1], COUNTS[::-1]), "x")
    np.testing.assert_array_equal(checked.energy, ENERGY)
    np.testing.assert_array_equal(checked.counts, COUNTS)


@settings(max_examples=60, deadline=None)
@given(
    step=st.sampled_from([0.05, 0.1, 0.25, 0.4, 0.5, 0.8]),
    start=st.floats(-20, 30),
    seed=st.integers(0, 2**32 - 1),
)
def test_finer_steps_keep_their_counts(step: float, start: float, seed: int) -> None:
    energy = np.arange(start, start + 60, step)
    counts = np.random.default_rng(seed).poisson(50, energy.size).astype(float)
    placed, seen = place(spectrum(energy, counts), AXIS, "x")
    assert (placed[~seen] == 0).all()
    centres = AXIS.centres[seen]
    inner = centres[2:-2]
    share = (energy > inner[0] - 0.5 + step / 2) & (energy < inner[-1] + 0.5 - step / 2)
    total = placed[seen][2:-2].sum()
    assert counts[share].sum() <= total * (1 + 1e-5)
    assert total <= counts[share].sum() + 2 * counts.max()


def test_rebinned_noise_stays_poisson() -> None:
    energy = np.arange(0, 100.9, 0.25) - 0.375
    rng = np.random.default_rng(3)
    raws = [spectrum(energy, rng.poisson(25, energy.size)) for _ in range(400)]
    counts = on_axis(raws, PLAIN, "x").counts[:, 1:-1]
    assert counts.mean() == pytest.approx(100, rel=0.01)
    assert counts.var() / counts.mean() == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("start", [0.0, 0.3, -0.49])
def test_partly_covered_edge_channels_keep_their_level(start: float) -> None:
    energy = np.arange(start, 60, 0.1)
    counts, seen = place(spectrum(energy, np.full(energy.size, 3.0)), AXIS, "x")
    np.testing.assert_allclose(counts[seen], 30, rtol=1e-5)


def test_uneven_steps_follow_the_intensity_not_the_density_of_points() -> None:
    energy = np.concatenate([np.arange(0, 30, 0.5), np.arange(30, 40, 0.1), np.arange(40, 80, 0.5)])
    counts, seen = place(spectrum(energy, np.full(energy.size, 5.0)), AXIS, "x")
    level = counts[seen]
    assert np.ptp(level) < 0.01 * level.mean()


def test_coarser_steps_are_interpolated_and_share_out_their_counts() -> None:
    counts, observed = place(spectrum(np.arange(0, 80, 2), np.arange(0, 80, 2) * 10 + 1), AXIS, "x")
    np.testing.assert_allclose(counts[:79], (np.arange(79) * 10 + 1) / 2)
    assert observed.sum() == 80


@pytest.mark.parametrize("step", [5.0, 9.9978, 10.0, 10.02, 20.0])
def test_counts_of_a_peak_are_those_of_the_file_whatever_the_channel_width(step: float) -> None:
    axis = EnergyAxis(0.0, 20000.0, 10.0)
    energy = 1.7 + step * np.arange(round(20000 / step))
    counts = 1e4 * step * np.exp(-0.5 * ((energy - 6400) / 60) ** 2)
    placed, _ = place(spectrum(energy, counts), axis, "x")
    assert placed.sum() == pytest.approx(counts.sum(), rel=2e-4)
    assert (placed * axis.centres).sum() / placed.sum() == pytest.approx(6400, abs=0.5)


def test_outside_the_measured_range_and_in_holes_nothing_is_observed() -> None:
    energy = np.concatenate([np.arange(10, 40), np.arange(60, 90)])
    counts, observed = place(spectrum(energy, np.full(energy.size, 9.0)), AXIS, "x")
    expected = ((AXIS.centres >= 10) & (AXIS.centres < 40)) | ((AXIS.centres >= 60) & (AXIS.centres < 90))
    np.testing.assert_array_equal(observed, expected)
    np.testing.assert_array_equal(counts, np.where(expected, 9.0, 0.0))


@pytest.mark.parametrize("energy", [np.arange(500, 600), np.arange(-50, 12), np.linspace(50, 55, 40)])
def test_too_little_overlap_says_both_ranges(energy: np.ndarray) -> None:
    with pytest.raises(SpectrumError, match=rf"found {energy[0]:g} to {energy[-1]:g} eV.* of 0 to 100 eV"):
        place(spectrum(energy, np.ones(energy.size)), AXIS, "x")


def test_names_are_made_unique_and_header_is_kept() -> None:
    energy = np.arange(60.0)
    facts = Facts({"a": np.float64(2), "p": Path("q")})
    raws = [RawSpectrum(name, energy, energy + 1, facts=facts) for name in ("s", "s", "s (2)")]
    spectra = on_axis(raws, PLAIN, "x")
    assert spectra.names == ("s", "s (2)", "s (2) (2)")
    assert spectra.facts == (facts,) * 3
    dataset = spectra.to_dataset(PLAIN)
    assert dataset["sample"].values.tolist() == ["s", "s (2)", "s (2) (2)"]
    assert Spectra.of(dataset, PLAIN, "x").facts[0].header == {"a": 2.0, "p": "q"}
    assert dataset["counts"].dtype == np.float32
    assert dataset["energy"].attrs["units"] == "eV"


def test_spectra_survive_netcdf(tmp_path: Path) -> None:
    energy = np.arange(20.0, 80)
    raws = [
        RawSpectrum(name, energy, np.arange(60.0) + shift, facts=Facts({"note": f"of {name}"}))
        for name, shift in (("a", 1), ("b", 2))
    ]
    path = contracts.save(on_axis(raws, PLAIN, "x").to_dataset(PLAIN), "SPECTRA", tmp_path / "s.nc")
    back = read_file(path)
    assert [raw.name for raw in back] == ["a", "b"]
    for raw, was in zip(back, raws, strict=True):
        np.testing.assert_allclose(raw.energy, was.energy)
        np.testing.assert_allclose(raw.counts, was.counts)
        assert raw.header["note"] == was.header["note"]
        assert raw.header["contract"] == "SPECTRA"
        assert raw.on_scale


def stored(tmp_path: Path, facts: Facts, technique: Technique = PLAIN) -> Path:
    raw = RawSpectrum("s", np.arange(60.0), np.arange(60.0), facts=facts)
    return contracts.save(on_axis([raw], technique, "x").to_dataset(technique), "SPECTRA", tmp_path / "s.nc")


def test_spectra_of_another_technique_are_refused(tmp_path: Path) -> None:
    path = stored(tmp_path, Facts(), replace(PLAIN, name="other"))
    with pytest.raises(ReadError, match=r"s\.nc: holds spectra of another technique; found other; wanted toy"):
        load_spectra(path, PLAIN)
    assert len(load_spectra(path, replace(PLAIN, name="other"))) == 1


def test_what_the_original_file_calls_its_technique_does_not_matter(tmp_path: Path) -> None:
    path = stored(tmp_path, Facts({"technique": "Toy Spectroscopy", "format": "VAMAS", "institute": "ours"}))
    (facts,) = load_spectra(path, PLAIN).facts
    assert (facts.header["technique"], facts.header["format"], facts.header["institute"]) == ("toy", "VAMAS", "ours")


def test_spectra_of_the_format_before_are_refused(tmp_path: Path) -> None:
    path = stored(tmp_path, Facts())
    dataset = contracts.load(path, "SPECTRA")
    del dataset.attrs["format"]
    dataset.to_netcdf(tmp_path / "old.nc")
    with pytest.raises(
        ContractError, match=r"old\.nc: SPECTRA of another version of specquant; found format 1, .* Make"
    ):
        load_spectra(tmp_path / "old.nc", PLAIN)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"header": {}}', "[" * 100_000])
def test_facts_that_cannot_be_read_are_refused(tmp_path: Path, text: str) -> None:
    dataset = contracts.load(stored(tmp_path, Facts()), "SPECTRA")
    spoilt = dataset.assign_coords(facts=("sample", np.array([text], dtype=object)))
    contracts.save(spoilt, "SPECTRA", tmp_path / "spoilt.nc")
    with pytest.raises(ContractError, match=r"spoilt\.nc, sample 0: SPECTRA facts cannot be read; found '") as caught:
        load_spectra(tmp_path / "spoilt.nc", PLAIN)
    assert len(str(caught.value)) < 1000


def test_netcdf_of_something_else_is_refused(tmp_path: Path) -> None:
    xr.Dataset({"a": ("x", [1.0])}).to_netcdf(tmp_path / "other.nc")
    with pytest.raises(ContractError, match="SPECTRA lacks counts"):
        read_file(tmp_path / "other.nc")


def test_a_group_that_holds_itself_does_not_fill_the_memory(tmp_path: Path) -> None:
    import h5py

    path = tmp_path / "round.nc"
    with h5py.File(path, "w") as file:
        file.attrs["contract"] = "SPECTRA"
        file["again"] = file
    limit = resource.getrlimit(resource.RLIMIT_AS)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (_address_space() + (1 << 30), limit[1]))  # fail rather than fill it
        assert not read_own(path)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limit)


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def test_damaged_netcdf_is_refused(tmp_path: Path) -> None:
    raws = [spectrum(np.arange(60), np.ones(60))]
    dataset = on_axis(raws, PLAIN, "x").to_dataset(PLAIN)
    whole = contracts.save(dataset, "SPECTRA", tmp_path / "s.nc").read_bytes()
    for size in range(40, len(whole), len(whole) // 12):
        (tmp_path / "cut.nc").write_bytes(whole[:size])
        with pytest.raises(SpecquantError):
            read_file(tmp_path / "cut.nc")


def test_load_spectra_orients_and_places(tmp_path: Path) -> None:
    technique = replace(PLAIN, orient=lambda raw: raw.on(100 - raw.energy[::-1], raw.counts[::-1]))
    (tmp_path / "a.txt").write_text("\n".join(f"{e} {e + 1}" for e in range(101)))
    (counts,) = load_spectra(tmp_path / "a.txt", technique).counts
    np.testing.assert_allclose(counts, 101 - AXIS.centres)


def test_ten_thousand_spectra_are_no_problem() -> None:
    technique = replace(PLAIN, axis=EnergyAxis(0.0, 1300.0, 1.0))
    energy = np.arange(-5, 1200, 0.5)
    raws = [spectrum(energy, np.ones(energy.size), f"s{i}") for i in range(1000)]
    start = time.process_time()
    on_axis(raws, technique, "x")
    assert time.process_time() - start < 10


def test_parsed_real_spectra_are_read(real_data: Path) -> None:
    paths = sorted((real_data / "xps" / "parsed").glob("*.csv"))
    assert paths
    for path in paths:
        (raw,) = read_file(path)
        expected = np.loadtxt(path, delimiter=",", skiprows=1)
        np.testing.assert_array_equal(np.column_stack([raw.energy, raw.counts]), expected)
        assert raw.header["columns"] == ["binding_energy_eV", "intensity"]


# --- what is stated of the instrument

BEAM = InstrumentParameter("beam", 15.0, 5.0, 30.0, "keV", "beam energy", Role.REQUIRED)
TILT = InstrumentParameter("tilt", 0.0, -10.0, 10.0, "degrees", "tilt of the sample", Role.STATED)
WIDTH = InstrumentParameter("width", 2.0, 1.0, 3.0, "eV", "resolution")


def stating(**stated: object) -> tuple[Technique, list[Reader]]:
    """Return a technique with stated parameters, and a reader of three pixels in a row for which these are stated."""
    energy = np.arange(60.0)

    def read(path: Path) -> list[RawSpectrum]:
        del path
        return [
            RawSpectrum(f"s{i}", energy, energy + 1, stated, Facts(pixel=(0, i)))  # type: ignore[arg-type]
            for i in range(3)
        ]

    technique = replace(PLAIN, parameters=(WIDTH, BEAM, TILT))
    return technique, [Reader("any", (), lambda _: True, read)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "any.file"
    path.write_text("something")
    return path


def test_what_the_header_states_travels_with_the_spectra(file: Path, tmp_path: Path) -> None:
    technique, readers = stating(beam=np.float64(20), width=2.5)
    spectra = load_spectra(file, technique, readers)
    np.testing.assert_array_equal(spectra.stated, [[20.0, np.nan]] * 3)
    dataset = spectra.to_dataset(technique)
    assert dataset["parameter"].values.tolist() == ["beam", "tilt"]
    contracts.save(dataset, "SPECTRA", tmp_path / "s.nc")
    again = load_spectra(tmp_path / "s.nc", technique, readers)
    np.testing.assert_array_equal(again.stated, spectra.stated)
    assert again.pixels()["x"][1].tolist() == [0, 1, 2]
    contracts.save(dataset.drop_vars("facts"), "SPECTRA", tmp_path / "bare.nc")
    bare = load_spectra(tmp_path / "bare.nc", technique, readers)
    np.testing.assert_array_equal(bare.stated, spectra.stated)
    assert bare.pixels()["x"][1].tolist() == [0, 1, 2]


@pytest.mark.parametrize("kind", ["M8[D]", "m8[s]", "U5", "complex128", "O"])
def test_what_is_no_number_is_no_count(kind: str) -> None:
    values = np.arange(20).astype(kind)
    for raw in (RawSpectrum("a", np.arange(20.0), values), RawSpectrum("a", values, np.ones(20))):  # type: ignore[arg-type]
        with pytest.raises(SpectrumError, match="holds no numbers"):
            check_raw(raw, "here")


def test_a_text_too_large_for_a_spectrum_is_not_taken_in(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from specquant.readers import opening

    monkeypatch.setattr(opening, "_LARGEST", 5)
    with pytest.raises(ReadError, match="is too large to be a spectrum; found 9 bytes"):
        read_file(file)


def test_a_technique_without_stated_parameters_has_none(file: Path) -> None:
    technique, readers = stating(beam=20)
    internal = replace(technique, parameters=(WIDTH,))
    spectra = load_spectra(file, internal, readers)
    assert spectra.stated.shape == (3, 0)
    assert "stated" not in spectra.to_dataset(internal)


def test_what_the_user_gives_wins_and_is_noted(file: Path) -> None:
    technique, readers = stating(beam=20)
    spectra = load_spectra(file, technique, readers, {"beam": 10.0, "tilt": 0.0})
    np.testing.assert_array_equal(spectra.stated, [[10.0, 0.0]] * 3)
    note = Note(NoteKind.STATED, "beam 10 keV, not 20 as the file says; tilt 0 degrees", "beam, tilt")
    assert [facts.notes for facts in spectra.facts] == [(note,)] * 3
    assert str(note) == "given: beam 10 keV, not 20 as the file says; tilt 0 degrees"
    assert spectra.known(technique, 0) == {"beam": 10.0, "tilt": 0.0}


def test_what_the_user_gives_is_known_before_the_scale_is_chosen(file: Path) -> None:
    technique, readers = stating()
    seen: list[object] = []

    def orient(raw: RawSpectrum) -> RawSpectrum:
        seen.append(raw.stated.get("beam"))
        return raw

    load_spectra(file, replace(technique, orient=orient), readers, {"beam": 12.0})
    assert set(seen) == {12.0}


def test_pixels_with_nothing_on_the_scale_are_left_out(file: Path) -> None:
    technique, readers = stating(beam=20)

    def orient(raw: RawSpectrum) -> RawSpectrum:
        return replace(raw, counts=raw.counts * (raw.name in spared))

    for spared in (["s0", "s2"], []):
        if spared:
            spectra = load_spectra(file, replace(technique, orient=orient), readers)
            assert spectra.pixels()["x"][1].tolist() == [0, 2]
            assert spectra.stated.shape == (2, 2)
            assert spectra.names == ("s0", "s2")
            np.testing.assert_array_equal(spectra.counts[1], spectra.counts[0])
        else:
            with pytest.raises(SpectrumError, match="all counts are zero"):
                load_spectra(file, replace(technique, orient=orient), readers)


@pytest.mark.parametrize("missing", [None, True, "15", float("nan")])
def test_a_required_parameter_is_asked_for(file: Path, missing: object) -> None:
    technique, readers = stating(beam=missing)
    with pytest.raises(
        SpectrumError, match=r"'s0': beam is not in the file.*the true value with --set beam=NUM"
    ) as caught:
        load_spectra(file, technique, readers)
    assert str(file) in str(caught.value)


def test_a_stated_value_out_of_range_contradicts_the_technique(file: Path) -> None:
    technique, readers = stating(beam=200)
    spectra = load_spectra(file, technique, readers)
    assert spectra.stated[:, 0].tolist() == [30.0] * 3
    text = "beam 200 keV by the file; this technique is for 5 to 30 keV"
    assert spectra.facts[0].notes == (Note(NoteKind.CONTRADICTION, text, "beam"),)
    assert not load_spectra(file, technique, readers, {"beam": 30}).facts[0].notes[1:]


def test_pure_spectra_of_the_default_are_said(file: Path) -> None:
    anode = InstrumentParameter("anode", 1486.0, 1000.0, 2000.0, "eV", "source", Role.RENDERED)
    technique, readers = stating()
    varied = replace(technique, parameters=(anode,))
    assert [str(note) for note in load_spectra(file, varied, readers).facts[0].notes] == [
        "assumed: anode 1486 eV, as the file does not state it"
    ]
    assert not load_spectra(file, varied, stating(anode=1253.0)[1]).facts[0].notes


def test_where_the_technique_does_not_hold_nothing_is_asked_for(file: Path) -> None:
    reason = Note(NoteKind.CONTRADICTION, "a thin film", "beam")
    technique, readers = stating(beam=200)
    for stated, expected in ((200.0, 30.0), (np.nan, np.nan)):

        def orient(raw: RawSpectrum, beam: float = stated) -> RawSpectrum:
            return replace(raw, stated={"beam": beam}).noted(reason)

        spectra = load_spectra(file, replace(technique, orient=orient), readers)
        np.testing.assert_array_equal(spectra.stated[0, 0], expected)
        assert spectra.facts[0].notes == (reason,)


def test_off_the_axis_a_contradiction_is_the_reason() -> None:
    energy = np.arange(60.0) + 1e4
    reason = Note(NoteKind.CONTRADICTION, "another source", "beam")
    with pytest.raises(SpectrumError, match="is not of this technique; found another source"):
        on_axis([spectrum(energy, energy, "a").noted(reason)], PLAIN, "f")
    with pytest.raises(SpectrumError, match="covers too little of the axis"):
        on_axis([spectrum(energy, energy, "a")], PLAIN, "f")


def test_one_bad_spectrum_costs_only_itself() -> None:
    energy = np.arange(60.0)
    raws = [spectrum(energy, energy, "a"), spectrum(energy, 0 * energy, "b"), spectrum(energy, energy - 1, "c")]
    spectra = on_axis([*raws[1:], raws[0]], PLAIN, "f")
    assert spectra.names == ("a",)
    text = "2 of 3 spectra ('b': all counts are zero; 'c': intensity is negative, -1 in channel 0)"
    assert spectra.facts[0].notes == (Note(NoteKind.LEFT_OUT, text, "file"),)
    with pytest.raises(SpectrumError, match="'b': all counts are zero"):
        on_axis(raws[1:], PLAIN, "f")


def test_an_axis_of_channels_is_uncalibrated(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Channel,Counts\n" + "\n".join(f"{n},{n + 1}" for n in range(60)))
    technique = replace(PLAIN, axis=EnergyAxis(0.0, 200.0, 2.0))
    spectra = load_spectra(tmp_path / "a.txt", technique)
    (note,) = spectra.facts[0].notes
    assert (note.kind, note.about) == (NoteKind.CONTRADICTION, "axis")
    assert note.text.startswith("uncalibrated: ")
    assert spectra.counts[0, :3].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("beam", "is not a setting; found no =; wanted NAME=NUMBER"),
        ("beam=high", "found no number after beam="),
        ("baem=15", "no such instrument parameter; found 'baem'.*Did you mean 'beam'"),
        ("zzz=15", "wanted one of width, beam, tilt"),
        ("beam=100", "out of its range; found 100 keV; wanted 5 to 30 keV"),
        ("beam=nan", "out of its range"),
    ],
)
def test_settings_that_cannot_be_are_refused(text: str, says: str) -> None:
    with pytest.raises(SettingError, match=says):
        parse_given([text], stating()[0])


def test_settings_are_read() -> None:
    assert parse_given(["beam=12.5", " width = 1e0"], stating()[0]) == {"beam": 12.5, "width": 1.0}


# --- maps, full counters


def test_pixels_are_coordinates_where_all_have_them() -> None:
    energy = np.arange(60.0)
    raws = [RawSpectrum(f"p{i}", energy, energy + 1, facts=Facts(pixel=(i // 2, i % 2))) for i in range(4)]
    dataset = on_axis(raws, PLAIN, "x").to_dataset(PLAIN)
    assert dataset["y"].values.tolist() == [0, 0, 1, 1]
    assert dataset["x"].values.tolist() == [0, 1, 0, 1]
    mixed = on_axis([*raws, spectrum(energy, energy + 1)], PLAIN, "x")
    assert not {"y", "x"} & set(mixed.to_dataset(PLAIN).variables)


def test_spectra_are_let_go_of_one_by_one() -> None:
    alive: list[int] = []
    references: list[ReferenceType[RawSpectrum]] = []

    def correct(raw: RawSpectrum, _: object) -> RawSpectrum:
        alive.append(sum(reference() is not None for reference in references))
        corrected = raw.on(raw.energy + 0.0, raw.counts + 0.0)
        references.append(ref(corrected))
        return corrected

    raws = [spectrum(np.arange(60), np.ones(60)) for _ in range(20)]
    assert len(on_axis(raws, PLAIN, "x", correct=correct)) == 20
    assert max(alive) <= 1


@pytest.mark.parametrize(
    ("top", "width", "full"),
    [(65535, 5, True), (65535, 4, False), (4294967295, 9, True), (60000, 9, True), (100, 9, False)],
)
def test_a_full_counter_is_noted(top: float, width: int, full: bool) -> None:
    counts = np.arange(60.0)
    counts[20 : 20 + width] = top
    (facts,) = on_axis([spectrum(np.arange(60), counts)], PLAIN, "x").facts
    assert [(note.kind, note.about) for note in facts.notes] == [(NoteKind.WARNING, "counts")] * full
    assert any(str(note).startswith("warning: saturated") for note in facts.notes) == full
