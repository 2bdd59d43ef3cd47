"""The kit: a sound technique passes, every check is failed by a technique that is broken in one place, and only it."""

import re
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

import specquant
from commandline import Shell
from kittoys import BROKEN, BROKEN_SLOW, Toy, sound, toy
from specquant.discovery import load_plugin, unregister
from specquant.errors import SettingError
from specquant.fits import LeastSquares
from specquant.learning import TrainingPlan
from specquant.pipeline import train_model
from specquant.plugin import Estimate, ProbeExample, Spectra
from specquant.testing import CHECKS, Check, Failed, Status, Subject, parametrize_with_checks, run_checks
from specquant.testing.import_checks import require_no_effect

pytestmark = pytest.mark.usefixtures("toy_is_installed")

QUICK = tuple(check for check in CHECKS if not check.slow)

THROUGH_OTHERS = {
    "nnls_finds_a_pure_element": "least squares finds whatever differs, which other checks see to; a broken one, below",
    "functions_are_quick": "tested with a limit of nothing, below",
    "importing_has_no_effect": "tested by modules of files, below",
    "models_load": "tested by models of files, below",
    "offset_model_loads": "tested by models of files, below",
    "examples_hold": "tested by a trained model, below",
}
"""Checks with a toy that is made of files, below, and not by the code alone."""


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    for name in ("kit", "My kit"):
        unregister(name)


def failed(toy: Toy, folder: Path, checks: Sequence[Check] = QUICK) -> dict[str, str]:
    subject = Subject.of(toy.register(), toy.samples(folder))
    ended = run_checks(subject, checks=checks)
    return {each.check.name: each.reason for each in ended if each.status in (Status.FAILED, Status.WARNED)}


def test_a_sound_technique_passes_every_check(tmp_path: Path) -> None:
    one = toy()
    ended = {each.check.name: each for each in run_checks(Subject.of(one.register(), one.samples(tmp_path)))}
    bad = {name: each.reason for name, each in ended.items() if each.status is not Status.PASSED}
    nothing = {
        *("models_load", "offset_model_loads", "examples_hold", "lines_are_wider_than_a_channel"),
        "importing_has_no_effect",
    }
    assert set(bad) == nothing, bad
    assert len(CHECKS) >= 40


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_technique_fails_its_check_and_no_other(name: str, tmp_path: Path) -> None:
    reasons = failed(BROKEN[name](), tmp_path)
    assert set(reasons) == {name}, reasons
    assert len(reasons[name]) > 10, "says nothing"


@pytest.mark.parametrize("name", BROKEN_SLOW)
def test_a_technique_that_is_broken_in_one_command_fails_its_check_and_no_other(name: str, tmp_path: Path) -> None:
    reasons = failed(BROKEN_SLOW[name](), tmp_path, CHECKS)
    assert set(reasons) - {"lines_are_wider_than_a_channel"} == {name}, reasons
    assert "cannot work in" in reasons[name]


def test_every_check_has_its_broken_technique() -> None:
    assert {check.name for check in CHECKS} == {*BROKEN, *BROKEN_SLOW, *THROUGH_OTHERS}


def test_least_squares_that_takes_one_element_for_another_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Turned(LeastSquares):
        def estimate(self, spectra: Spectra) -> Estimate:
            return Estimate.without_interval(super().estimate(spectra).fraction[:, ::-1].copy())

    monkeypatch.setattr("specquant.testing.methods_checks.LeastSquares", Turned)
    assert set(failed(toy(), tmp_path)) == {"nnls_finds_a_pure_element"}


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("_SLOWEST", r"the response takes .* ms of processor time a spectrum: compute what no sample changes once"),
        ("_SLOWEST_FILE", r"a\.kit takes .* s of processor time to be read"),
    ],
)
def test_a_slow_function_is_found(limit: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"specquant.testing.agreement_checks.{limit}", -1.0)
    (quick,) = (check for check in CHECKS if check.name == "functions_are_quick")
    one = toy()
    with pytest.raises(Failed, match=message):
        quick.run(Subject.of(one.register(), one.samples(tmp_path)))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("VALUE = 1", ""),
        ("import numpy; numpy.random.seed(1)", "importing noisy changes the random numbers of numpy"),
        ("import numpy; numpy.seterr(all='raise')", "importing noisy changes how numpy treats errors"),
        ("print('hello')", "importing noisy prints 'hello'"),
        ("1 / 0", "noisy cannot be imported alone: ZeroDivisionError: division by zero"),
    ],
)
def test_what_an_import_does_is_found(line: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "noisy.py").write_text(line)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(Failed, match=re.escape(message)) if message else nullcontext():
        require_no_effect("noisy")


def test_what_is_random_is_said_to_be_that(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    one = Toy(sound(response=lambda axis: lambda x, v: x * v["gain"][:, None] * float(rng.uniform(0.99, 1.0))))  # noqa: ARG005
    assert "draw random numbers" in failed(one, tmp_path)["response_treats_rows_alone"]


def test_a_statement_that_no_model_holds_is_found(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    toy().register()
    session = specquant.open("kit")
    train_model(session, session.recipe(), TrainingPlan(512), path)
    false = ProbeExample("O", (24.0,), "A peak at 24 eV is read as oxygen")
    broken = Toy(sound(models={"field": path}, examples=(false,)))
    assert set(failed(broken, tmp_path, CHECKS)) - {"lines_are_wider_than_a_channel"} == {"examples_hold"}


@pytest.mark.parametrize("field", ["models", "offset_model"])
def test_a_model_that_is_none_is_found(field: str, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"no model")
    broken = Toy(sound(**{field: {"field": path} if field == "models" else path}))
    assert set(failed(broken, tmp_path)) == {f"{field}_load" if field == "models" else "offset_model_loads"}


def test_needs_stand_before_what_needs_them() -> None:
    seen: set[str] = set()
    for check in CHECKS:
        assert set(check.needs) <= seen, check.name
        seen.add(check.name)


def test_what_depends_on_a_failed_root_does_not_run(tmp_path: Path) -> None:
    broken = BROKEN["library_renders"]()
    ended = {each.check.name: each for each in run_checks(Subject.of(broken.register()), checks=QUICK)}
    assert ended["every_element_can_be_seen"].status is Status.NOT_RUN
    assert ended["recipes_make_spectra"].reason == "needs every_element_can_be_seen"
    assert tmp_path.exists()


class TestDeclared:
    def test_a_declared_failure_is_none(self, tmp_path: Path) -> None:
        broken = BROKEN["main_lines_sum_to_one"]()
        subject = Subject.of(broken.register(), broken.samples(tmp_path))
        ended = run_checks(subject, {"main_lines_sum_to_one": "given in per cent"}, QUICK)
        (declared,) = [each for each in ended if each.check.name == "main_lines_sum_to_one"]
        assert declared.status is Status.DECLARED
        assert declared.reason.startswith("given in per cent (group main of Li sums to 100")

    def test_it_has_to_fail(self) -> None:
        ended = run_checks(Subject.of(toy().register()), {"name_can_be_typed": "why not"}, QUICK[:2])
        assert [each.status for each in ended] == [Status.PASSED, Status.FAILED]

    @pytest.mark.parametrize(
        ("declared", "message"),
        [({"nothing": "a"}, "no such check; found 'nothing'"), ({"name_can_be_typed": " "}, "no reason is given")],
    )
    def test_what_is_no_declaration_is_refused(self, declared: dict[str, str], message: str) -> None:
        with pytest.raises(SettingError, match=message):
            parametrize_with_checks("toy", declared=declared)


class TestFace:
    def test_tests_pass_skip_and_fail(self, tmp_path: Path) -> None:
        broken = BROKEN["library_renders"]()
        mark = parametrize_with_checks(broken.register(), samples=broken.samples(tmp_path), slow=False)
        checks = {bound.check.name: bound for bound in mark.args[1]}
        assert list(checks) == [check.name for check in QUICK]
        checks["technique_is_valid"]()
        with pytest.raises(pytest.skip.Exception, match="needs every_element_can_be_seen"):
            checks["recipes_make_spectra"]()
        with pytest.raises(Failed, match=r"library_renders: .*no component of Li"):
            checks["library_renders"]()

    def test_a_declared_failure_is_expected(self) -> None:
        broken = BROKEN["main_lines_sum_to_one"]()
        mark = parametrize_with_checks(broken.register(), declared={"main_lines_sum_to_one": "per cent"})
        (bound,) = [each for each in mark.args[1] if each.check.name == "main_lines_sum_to_one"]
        with pytest.raises(pytest.xfail.Exception, match="per cent"):
            bound()

    def test_advice_is_a_warning(self) -> None:
        broken = BROKEN["every_parameter_matters"]()
        mark = parametrize_with_checks(broken.register())
        (bound,) = [each for each in mark.args[1] if each.check.name == "every_parameter_matters"]
        with pytest.warns(UserWarning, match="nothing depends on idle"):
            bound()


class TestCommand:
    def test_prints_a_table(self, shell: Shell) -> None:
        outcome = shell("check", "toy", "--quick")
        assert outcome.code == 0, outcome.out
        assert "ok        technique_is_valid" in outcome.out
        assert re.search(r"\n[\d.]+ s of processor time, [\d.]+ s by the clock", outcome.out)

    def test_exit_code_and_reason(self, shell: Shell, tmp_path: Path) -> None:
        broken = BROKEN["main_lines_sum_to_one"]()
        broken.register()
        (sample,) = broken.samples(tmp_path)
        outcome = shell("check", "kit", sample.path, "--quick")
        assert outcome.code == 1
        assert "FAILED    main_lines_sum_to_one" in outcome.out
        assert "are they in per cent?" in outcome.out
        assert "1 FAILED" in outcome.out
        declared = shell("check", "kit", sample.path, "--quick", "--declare", "main_lines_sum_to_one=per cent")
        assert declared.code == 0, declared.out
        assert shell("check", "kit", "--declare", "nonsense").code == 2

    def test_lists(self, shell: Shell) -> None:
        lines = shell("check", "toy", "--list").out.splitlines()
        assert [line.split()[0] for line in lines] == [check.name for check in CHECKS]

    def test_a_plugin_that_cannot_be_loaded_is_an_error(self, shell: Shell) -> None:
        assert shell("check", "nothing").code == 1


DECLARED = {"xps": {"examples_hold": "they are the article's; docs/results/study.md says which the models hold"}}


@pytest.mark.parametrize("name", ["toy", "bulk", "xps", "eds"])
def test_techniques_that_ship_pass_the_kit(name: str) -> None:
    ended = list(run_checks(Subject.of(load_plugin(name)), DECLARED.get(name)))
    assert {each.check.name: each.reason for each in ended if each.status in (Status.FAILED, Status.NOT_RUN)} == {}
