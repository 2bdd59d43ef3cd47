"""The technique that files are of, and what is meant by words that are not there."""

from pathlib import Path

import numpy as np
import pytest

import specquant
from commandline import Shell
from edsfiles import write_emsa
from specquant.discovery import load_plugin
from specquant.errors import ReadError, SettingError, SpecquantError, did_you_mean
from specquant.learning.networks.registry import find_architecture
from specquant.pipeline import find_preset
from specquant.readers import load_spectra
from specquant.session.guessing import guess_technique
from xpsfiles import vamas, zipped


@pytest.fixture
def emsa(tmp_path: Path) -> Path:
    return write_emsa(tmp_path / "a.msa", np.full(load_plugin("eds").technique.axis.size, 9.0))


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    (tmp_path / "a.vms").write_bytes(vamas())
    return tmp_path / "a.vms"


class TestFiles:
    def test_what_a_reader_knows_says_it(self, emsa: Path, survey: Path) -> None:
        assert str(guess_technique([emsa])) == "read as EDS: EMSA/MAS file"
        assert str(guess_technique([survey])) == "read as XPS: VAMAS file"

    def test_a_file_that_only_another_technique_reads_is_answered_with_it(self, emsa: Path, survey: Path) -> None:
        for path, given, kind, other in ((emsa, "xps", "EMSA/MAS", "eds"), (survey, "eds", "VAMAS", "xps")):
            plugin = load_plugin(given)
            known = f"found {kind}, a format of {other}. Give it to --technique {other}."
            with pytest.raises(ReadError) as caught:
                load_spectra(path, plugin.technique, plugin.readers)
            assert str(caught.value) == f"{path}: is not a file of {given}; {known}"

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"\x89PNG\r\n\x1a\n\0", "is of no known format; found a PNG picture; wanted one of .*EMSA.*VAMAS.*, text"),
            (b"%PDF-1.7\n\0", "is PDF, which is not read"),
        ],
    )
    def test_what_no_technique_reads_is_refused(self, content: bytes, words: str, tmp_path: Path) -> None:
        path = tmp_path / "a"
        path.write_bytes(content)
        with pytest.raises(ReadError, match=words):
            guess_technique([path])

    def test_what_is_missing_or_says_nothing_takes_the_word_of_the_others(self, emsa: Path, tmp_path: Path) -> None:
        (tmp_path / "plain.csv").write_text("1,2\n2,3\n")
        assert guess_technique([tmp_path / "absent.msa", tmp_path / "plain.csv", emsa]).technique == "eds"

    def test_the_name_of_an_axis_says_it(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("Binding Energy (eV),Counts\n1,2\n2,3\n")
        assert str(guess_technique([path])) == "read as XPS: its axis is called Binding energy"

    def test_two_columns_say_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("Energy,Counts\n1,2\n2,3\n")
        with pytest.raises(SettingError, match=r"the technique is not stated; .*a\.csv; wanted .*-t eds or .*-t xps"):
            guess_technique([path])

    def test_files_of_two_techniques_are_not_mixed(self, emsa: Path, survey: Path) -> None:
        with pytest.raises(
            SettingError, match=r"several techniques; found EDS \(EMSA/MAS file\) and XPS \(VAMAS file\)"
        ):
            guess_technique([emsa, survey])

    def test_a_file_that_both_could_read_is_not_guessed(self, emsa: Path, tmp_path: Path) -> None:
        path = zipped(tmp_path / "a.zip", {"a.vms": vamas()})
        with pytest.raises(SettingError, match=r"a\.zip: the file can be of several techniques; found EDS .* or XPS"):
            guess_technique([path])
        assert guess_technique([path, emsa]).technique == "eds"

    def test_nothing_that_can_be_read(self, tmp_path: Path) -> None:
        with pytest.raises(ReadError, match=r"absent\.msa: no such file"):
            guess_technique([tmp_path / "absent.msa"])
        (tmp_path / "empty.msa").touch()
        with pytest.raises(ReadError, match=r"empty\.msa: is empty"):
            guess_technique([tmp_path / "empty.msa", tmp_path / "absent.msa"])

    def test_from_python(self, survey: Path) -> None:
        result = specquant.quantify(survey, method="nnls", elements="O,Si")
        assert result.technique.name == "xps"
        assert {row.element for row in result.table} <= {"O", "Si"}
        with pytest.raises(SpecquantError, match="found no file, which could say it"):
            specquant.quantify((np.arange(9.0), np.arange(9.0)))


class TestCommand:
    def test_it_says_what_it_takes_files_for(self, shell: Shell, survey: Path) -> None:
        guessed = shell("quantify", "--method", "nnls", survey)
        assert "specquant: read as XPS: VAMAS file\n" in guessed.err
        stated = shell("quantify", "-t", "XPS", "--method", "nnls", survey)
        assert stated.out == guessed.out
        assert "read as" not in stated.err

    @pytest.mark.usefixtures("thirdparty")
    def test_a_file_of_specquant_states_it(self, shell: Shell, tmp_path: Path) -> None:
        shell("synthesize", "-t", "toy", "--samples", 2, "--out", tmp_path / "a.nc")
        told = shell("quantify", "--method", "nnls", tmp_path / "a.nc").err
        assert "specquant: read as TOY: the file states its technique\n" in told

    @pytest.mark.parametrize("command", ["explain", "run"])
    def test_without_a_file_it_is_missing(self, shell: Shell, command: str) -> None:
        done = shell(command)
        assert done.code == 2
        assert "Missing option '--technique' / '-t': without a file nothing says which." in done.err


class TestMeant:
    @pytest.mark.parametrize(
        ("word", "known", "meant"),
        [("co", ["C", "Co", "O"], "Co"), ("XPS", ["eds", "xps"], "xps"), (" Hybird", ["hybrid", "cnn"], "hybrid")],
    )
    def test_letters_may_be_large_or_small(self, word: str, known: list[str], meant: str) -> None:
        assert did_you_mean(word, known) == f"Did you mean {meant!r}?"
        assert did_you_mean("quark", known) is None

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            ("quantify -t xsp a.csv", "no such technique; found 'xsp'; wanted one of eds, xps. Did you mean 'xps'?"),
            ("quantify -t xps a.csv --elements O,co", "found 'co'; .* Did you mean 'Co'?"),
            ("quantify -t xps a.csv --exclude fe", "found 'fe'; .* Did you mean 'Fe'?"),
            ("library -t xps --element co", "--element: no such element .* Did you mean 'Co'?"),
            ("quantify -t xps a.csv --method Hybird", "no such method; .* Did you mean 'hybrid'?"),
            (
                "quantify -t eds a.csv --set beam_enrgy=3",
                "no such instrument parameter; .* Did you mean 'beam_energy'?",
            ),
            ("synthesize -t xps --recipe Feild --out a.nc", "no such recipe; .* Did you mean 'field'?"),
            ("explain -t xps --explainer limes", "no such explainer; .* Did you mean 'lime'?"),
            ("quantify -t xps a.csv --elemnts O", "No such option .*--elemnts .*Did you mean .*--elements"),
            ("quantfy a.csv", "No such command 'quantfy'. Did you mean 'quantify'?"),
        ],
    )
    def test_commands_ask(
        self, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, message: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        done = shell(*words.split())
        assert done.code in (1, 2)
        parts = iter(message.split(".*"))
        assert all(part.strip() in done.err for part in parts)

    def test_python_asks(self) -> None:
        with pytest.raises(SettingError, match=r"no such network; .* Did you mean 'resnet'"):
            find_architecture("ResNets")
        with pytest.raises(SettingError, match=r"no such preset; .* Did you mean 'quick'"):
            find_preset("quik")
