"""Calibration, on made-up spectra whose instrument is known."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from commandline import Shell
from edsfiles import counts_of, write_emsa
from specquant.discovery import Plugin, load_plugin
from specquant.errors import ReadError, SettingError, SpectrumError
from specquant.instrument import calibrate, load_instrument
from specquant.instrument.calibration import parse_composition
from specquant.technique import CalibrationSettings, ParameterEstimate, RawSpectrum

GLASS = {"O": 61.0, "Mg": 11.0, "Al": 4.1, "Si": 17.2, "Ca": 6.2, "Fe": 3.1}
TEXT = "O42.89 Mg11.75 Al4.86 Si21.23 Ca10.92 Fe7.61"
TRUE = {"dead_layer": 120.0, "noise": 68.0, "offset": 8.0, "gain": -1e-3, "nonlinearity": 1.6, "tail": 1.5}
POLYMER = {"nitride_window": 0.0, "polymer_window": 300.0, "window_grid": 0.23}


@pytest.fixture(scope="module")
def eds() -> Plugin:
    return load_plugin("eds")


@pytest.fixture(scope="module")
def glass(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A glass on a detector with a nitride window, a thick dead layer and an energy scale that is off."""
    return write_emsa(tmp_path_factory.mktemp("glass") / "glass.msa", counts_of(GLASS, TRUE))


@pytest.fixture(scope="module")
def polymer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same behind a polymer window."""
    return write_emsa(tmp_path_factory.mktemp("polymer") / "glass.msa", counts_of(GLASS, TRUE | POLYMER))


def shares(text: str, plugin: Plugin) -> dict[str, float]:
    found = parse_composition(text, plugin.technique)
    assert found.sum() == pytest.approx(1)
    return {symbol: round(float(x), 3) for symbol, x in zip(plugin.technique.elements, found, strict=True) if x}


class TestComposition:
    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("CaF2", {"F": 0.667, "Ca": 0.333}),
            ("Fe", {"Fe": 1.0}),
            (" Al2O3 ", {"O": 0.6, "Al": 0.4}),
            ("Fe0.95O", {"O": 0.513, "Fe": 0.487}),
            ("CaCO3", {"C": 0.2, "O": 0.6, "Ca": 0.2}),
            ("AlOOH", {"O": 0.667, "Al": 0.333}),
        ],
    )
    def test_a_formula_is_in_atoms(self, eds: Plugin, text: str, wanted: dict[str, float]) -> None:
        assert shares(text, eds) == wanted

    @pytest.mark.parametrize(
        "text",
        ["O42.8 Si21.2", "O:42.8 Si:21.2", "O=42.8,Si=21.2", "O 42.8 Si 21.2", "O42.8, Si21.2;", "H5 O42.8 Si21.2"],
    )
    def test_several_words_are_weight_percent(self, eds: Plugin, text: str) -> None:
        assert shares(text, eds) == {"O": 0.78, "Si": 0.22}

    def test_one_element_by_weight(self, eds: Plugin) -> None:
        assert shares("Fe:100", eds) == {"Fe": 1.0}

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("nonsense", "'nonsense' left over"),
            ("O42.8 and Si21.2", "'and' left over"),
            ("Si O2", "'Si' left over"),
            ("42", "'42' left over"),
            ("O42.8 Xx3", "no such element: Xx"),
            ("Jo2", "no such element: Jo"),
            ("H2", "no element of the technique"),
            ("", "no amount of any element"),
            ("O0 Si0", "no element of the technique"),
        ],
    )
    def test_what_is_none_is_refused(self, eds: Plugin, text: str, reason: str) -> None:
        with pytest.raises(SettingError, match=rf"is no(t a)? composition; found {reason}; wanted a formula"):
            parse_composition(text, eds.technique)


def nothing_seen(raw: RawSpectrum) -> ParameterEstimate:
    return ParameterEstimate.unknown(f"{raw.name} shows nothing")


class TestCalibrate:
    def test_it_finds_the_detector(self, eds: Plugin, glass: Path) -> None:
        found = calibrate(eds, [glass], [TEXT], command="typed")
        assert found.kind == "nitride window"
        assert (found.technique, found.calibrated_with, found.command) == ("eds", ("glass.msa",), "typed")
        assert found.values["nitride_window"] == 40.0
        tolerance = {"dead_layer": 15, "noise": 1.0, "offset": 1.0, "gain": 3e-4, "nonlinearity": 0.25, "tail": 0.25}
        for name, allowed in tolerance.items():
            assert found.values[name] == pytest.approx(TRUE[name], abs=allowed), name
        assert found.misfit < 1.0  # an error of the model is allowed for, and here there is none
        assert found.errors == {}

    def test_it_tells_the_window(self, eds: Plugin, polymer: Path) -> None:
        found = calibrate(eds, [polymer], [TEXT])
        assert found.kind == "polymer window"
        assert found.values["polymer_window"] == 300.0
        assert found.values["dead_layer"] == pytest.approx(TRUE["dead_layer"], abs=20)

    def test_several_spectra_give_a_mean_and_an_error(self, eds: Plugin, glass: Path, tmp_path: Path) -> None:
        quartz = write_emsa(tmp_path / "quartz.msa", counts_of({"Si": 1, "O": 2}, TRUE | {"offset": 4.0}))
        both = calibrate(eds, [glass, quartz], [TEXT, "SiO2"])
        assert both.values["offset"] == pytest.approx((8.0 + 4.0) / 2, abs=1.5)
        assert both.errors["offset"] == pytest.approx(abs(8.0 - 4.0) / 2, abs=1.5)
        assert both.values["dead_layer"] == pytest.approx(TRUE["dead_layer"], abs=20)
        assert both.calibrated_with == ("glass.msa", "quartz.msa")

    def test_the_header_may_state_the_composition(self, eds: Plugin, glass: Path, tmp_path: Path) -> None:
        weights = ",".join(f"({part[:2].strip('0123456789')}:{part.lstrip('OMgAlSiCaFe')})" for part in TEXT.split())
        text = glass.read_text().replace("#SPECTRUM", f"##D2STDCMP   : glass,{weights}\n#SPECTRUM", 1)
        (tmp_path / "glass.msa").write_text(text)
        by_header, stated = calibrate(eds, [tmp_path / "glass.msa"], []), calibrate(eds, [glass], [TEXT])
        assert by_header.values == pytest.approx(stated.values, rel=1e-5)  # fractions are rounded another way

    def test_a_wrong_composition_fits_worse(self, eds: Plugin, glass: Path) -> None:
        right, wrong = (calibrate(eds, [glass], [text]).misfit for text in (TEXT, "O38 Mg11.75 Al4.86 Si21.23 Fe25"))
        assert wrong > 3 * right

    def test_a_spectrum_without_composition(self, eds: Plugin, glass: Path) -> None:
        with pytest.raises(ReadError, match=r"composition of the standard is not known.*Give it with --composition"):
            calibrate(eds, [glass], [])

    def test_numbers_that_do_not_match(self, eds: Plugin, glass: Path) -> None:
        with pytest.raises(SettingError, match="compositions and files differ in number; found 2 and 1"):
            calibrate(eds, [glass], [TEXT, "SiO2"])

    def test_a_technique_without_a_fit(self, eds: Plugin, glass: Path) -> None:
        for fit in (None, replace(eds.technique.fit, calibration=CalibrationSettings())):
            other = replace(eds, technique=replace(eds.technique, fit=fit))
            with pytest.raises(SettingError, match="eds: the technique has no instrument parameters to calibrate"):
                calibrate(other, [glass], [TEXT])

    def test_several_spectra_in_one_file(self, eds: Plugin, glass: Path, tmp_path: Path) -> None:
        (tmp_path / "two.msa").write_text(2 * glass.read_text())
        with pytest.raises(ReadError, match="holds several spectra; found 2; wanted one standard"):
            calibrate(eds, [tmp_path / "two.msa"], [TEXT])

    def test_beam_energy_is_asked_for_where_the_continuum_does_not_end_and_taken(
        self, eds: Plugin, glass: Path, tmp_path: Path
    ) -> None:
        path = tmp_path / "glass.msa"
        path.write_text("\n".join(line for line in glass.read_text().splitlines() if "BEAMKV" not in line))
        hidden = replace(eds, technique=replace(eds.technique, estimates={"beam_energy": nothing_seen}))
        with pytest.raises(SpectrumError, match=r"beam_energy is not in the file.*--set beam_energy=NUMBER"):
            calibrate(hidden, [path], [TEXT])
        found = calibrate(eds, [path], [TEXT], {"beam_energy": 15000.0})
        assert found.values == calibrate(eds, [glass], [TEXT]).values


class TestCommand:
    def test_it_writes_an_instrument_file_and_prints_it(
        self, eds: Plugin, glass: Path, shell: Shell, tmp_path: Path
    ) -> None:
        out = tmp_path / "sem.json"
        done = shell("calibrate", "-t", "eds", glass, "--composition", TEXT, "--out", out)
        assert (done.code, done.err) == (0, f"specquant: written: {out}\n")
        assert done.out.startswith("nitride window, misfit 0.")
        assert f"use it with --instrument {out}" in done.out
        found = load_instrument(out, eds.technique)
        assert f"dead_layer{found.values['dead_layer']:20.4g} nm" in done.out
        assert found.command.startswith("specquant calibrate -t eds")

    def test_the_file_is_taken_by_quantify(self, glass: Path, shell: Shell, tmp_path: Path) -> None:
        out, plain, better = tmp_path / "sem.json", tmp_path / "plain.json", tmp_path / "better.json"
        assert shell("calibrate", "-t", "eds", glass, "--composition", TEXT, "--out", out).code == 0
        ask = ("quantify", "-t", "eds", glass, "--method", "nnls", "--elements", "O,Mg,Al,Si,Ca,Fe")
        assert shell(*ask, "--out", plain).code == 0
        assert shell(*ask, "--instrument", out, "--out", better).code == 0
        truth = {symbol: amount / sum(GLASS.values()) for symbol, amount in GLASS.items()}
        errors = []
        for path in (plain, better):
            (spectrum,) = json.loads(path.read_text())["spectra"]
            found = {row["element"]: row["fraction"] for row in spectrum["composition"]}
            errors.append(sum(abs(found[symbol] - share) for symbol, share in truth.items()))
        assert errors[1] < 0.5 * errors[0]
        (spectrum,) = json.loads(better.read_text())["spectra"]
        assert any(note["kind"] == "given" and "dead_layer" in note["text"] for note in spectrum["notes"])

    @pytest.mark.parametrize(
        ("arguments", "reason"),
        [
            (("glass.msa", "--composition", "nonsense"), "'nonsense': is not a composition"),
            (("glass.msa",), "composition of the standard is not known"),
            (("absent.msa", "--composition", TEXT), "no such file"),
            (("glass.msa", "--composition", TEXT, "--set", "beam=3"), "no such instrument parameter"),
            (("glass.msa", "--composition", TEXT, "--composition", "SiO2"), "differ in number"),
        ],
    )
    def test_errors_are_one_line(
        self,
        glass: Path,
        shell: Shell,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        arguments: tuple[str, ...],
        reason: str,
    ) -> None:
        monkeypatch.chdir(glass.parent)
        done = shell("calibrate", "-t", "eds", *arguments, "--out", tmp_path / "sem.json")
        assert done.code == 1
        assert done.err.count("\n") == 1
        assert reason in done.err
        assert not list(tmp_path.iterdir())

    def test_a_wrong_composition_is_said(self, glass: Path, shell: Shell, tmp_path: Path) -> None:
        done = shell("calibrate", "-t", "eds", glass, "--composition", "O", "--out", tmp_path / "a.json")
        assert "warning: the model explains the spectra badly (misfit" in done.err

    def test_xps_cannot_be_calibrated(self, glass: Path, shell: Shell, tmp_path: Path) -> None:
        done = shell("calibrate", "-t", "xps", glass, "--composition", "Fe", "--out", tmp_path / "a.json")
        assert (done.code, done.err) == (
            1,
            "specquant: error: xps: the technique has no instrument parameters to calibrate; wanted a technique such "
            "as EDS (in the plug-in: FitSettings.calibration)\n",
        )
