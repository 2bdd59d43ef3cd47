"""What a user knows of elements: words, arithmetic, every method, files, and the command line."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from commandline import Shell
from proposers import Saying
from specquant import contracts
from specquant.constraints import Constraints
from specquant.discovery import load_technique
from specquant.elements import weight_fractions
from specquant.errors import ContractError, SettingError
from specquant.fits import Hybrid, LeastSquares, PoissonLikelihood
from specquant.fixedfractions import EXACTLY, FixedFraction, parse_fixed
from specquant.library import MixedLibrary, RenderedLibrary
from specquant.quantifiers import Estimate, Quantifier
from specquant.session import Session, open_session
from specquant.spectra import Spectra
from specquant.technique import FitDecisions, FitPriors, FitSettings, Floats, Technique

pytestmark = pytest.mark.usefixtures("toy_is_installed")

SYMBOLS = ("Li", "Be", "B", "C", "N", "O")
TRUTH = np.array([0.0, 0.0, 0.2, 0.3, 0.0, 0.5])
PRIORS = FitPriors(groups={"main": 0.05, "second": 0.05, "continuum": 0.1}, model_error=0.002, sensitivity_error=0.2)
SETTINGS = FitSettings(PRIORS, FitDecisions(least=0.005, significance=3.0))


@pytest.fixture(scope="module")
def bulk(toy_is_installed: None) -> Technique:  # noqa: ARG001
    return replace(load_technique("bulk"), fit=SETTINGS)


def known(**words: object) -> Constraints:
    fixed = parse_fixed(words.pop("fix", ()), SYMBOLS)  # type: ignore[arg-type]
    return Constraints.of(SYMBOLS, fixed=fixed, **words)  # type: ignore[arg-type]


def test_a_list_that_is_shortened_keeps_what_is_fixed() -> None:
    listed = np.isin(SYMBOLS, ["B", "O"])[None]
    fewer = known(fix=["O=60+-2"]).among(listed)
    np.testing.assert_array_equal(fewer.candidates, listed)
    np.testing.assert_array_equal(fewer.required, listed)
    assert fewer.complete.all()
    assert fewer.fraction[0, SYMBOLS.index("O")] == pytest.approx(0.6)


def spectra(counts: Floats, constraints: Constraints | None = None) -> Spectra:
    """Return one spectrum, with voltage and angle as by default."""
    return Spectra(counts[None], np.ones((1, counts.size), dtype=bool), np.array([[10.0, 40.0]])).under(constraints)


def counts(bulk: Technique, truth: Floats = TRUTH, dose: float = 1e6, **strength: float) -> Floats:
    """Return counts of a composition, the lines of some elements weaker or stronger than the law says."""
    mixed, values = MixedLibrary(bulk, RenderedLibrary(bulk)), bulk.defaults()
    yields = mixed.yields(truth[None], {name: np.array([value]) for name, value in values.items()})[0]
    factors = np.array([strength.get(symbol, 1.0) for symbol in SYMBOLS])
    lines = mixed.of_elements(yields, np.arange(6))
    return np.asarray(dose * ((truth * factors) @ lines + mixed.of_no_element(yields)))


def test_counts_without_errors_are_those_of_the_law(bulk: Technique) -> None:
    exact = 1e6 * MixedLibrary(bulk, RenderedLibrary(bulk)).spectrum(TRUTH, bulk.defaults())
    np.testing.assert_allclose(counts(bulk), exact, rtol=1e-6)


class TestWords:
    @pytest.mark.parametrize(
        ("text", "share", "deviation", "by_weight"),
        [
            ("O=33.3", 0.333, EXACTLY, False),
            ("O:33.3 at%", 0.333, EXACTLY, False),
            ("O=60+-0.5", 0.6, 0.005, False),
            ("O = 60 ± 2 wt%", 0.6, 0.02, True),
            ("O=12wt", 0.12, EXACTLY, True),
            ("O=12 +/- 0", 0.12, EXACTLY, False),
        ],
    )
    def test_fractions(self, text: str, share: float, deviation: float, by_weight: bool) -> None:
        (one,) = parse_fixed([text], SYMBOLS)
        assert (one.element, one.by_weight) == ("O", by_weight)
        assert (one.share, one.deviation) == pytest.approx((share, deviation))

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("O", "found 'O'; wanted e.g. Si=33.3"),
            ("O=33,3", "found 'O=33,3'; wanted e.g. Si=33.3"),
            ("O=nan", "found 'O=nan'"),
            (
                "o=33",
                "no such element in this technique; found 'o'; wanted symbols between Li and O.* Did you mean 'O'",
            ),
            ("O=0", "wanted above 0, below 100 %. Use --exclude O"),
            ("O=100", "wanted above 0, below 100 %"),
        ],
    )
    def test_others_are_refused(self, text: str, message: str) -> None:
        with pytest.raises(SettingError, match=f"--fix: .*{message}"):
            parse_fixed([text], SYMBOLS)

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            ({"excluded": ["O"], "required": ["O"]}, "--exclude: is excluded and required; found O"),
            ({"excluded": ["O"], "fix": ["O=3"]}, "--exclude: is excluded and required; found O"),
            ({"listed": ["B"], "required": ["O", "C"]}, "--elements: is required, and not among .* found O, C"),
            ({"fix": ["O=3", "O=4"]}, "--fix: an element is fixed twice"),
            ({"excluded": SYMBOLS}, "--exclude: leaves no element"),
            ({"listed": ["B"], "excluded": ["B"]}, "--exclude: leaves no element"),
            (
                {"fix": ["O=60", "C=40"]},
                "--fix: what is fixed leaves nothing .* found O 60 at%, C 40 at%|C 40 at%, O 60",
            ),
            ({"fix": ["O=60", "Li=50wt"]}, "leaves nothing for other elements"),
            ({"listed": ["B", "O"], "fix": ["O=60", "B=30"]}, "leaves nothing for other elements"),
        ],
    )
    def test_contradictions_are_refused(self, words: dict[str, object], message: str) -> None:
        with pytest.raises(SettingError, match=message):
            known(**words)

    def test_they_say_what_is_known(self) -> None:
        assert known(listed=["B", "O"], excluded=["O"]).texts(SYMBOLS, 0) == ["only B can be there"]
        made = known(excluded=["Li", "Be"], required=["N"], fix=["O=60+-0.5", "B=12wt"])
        assert made.texts(SYMBOLS, 0) == [
            "without Li, Be",
            "N kept, however weak",
            "B 12 wt%",
            "O 60 +- 0.5 at%",
        ]


class TestArithmetic:
    @pytest.mark.parametrize("fix", [["O=50"], ["O=50", "B=10"], ["O=40wt"], ["O=40wt", "B=10wt"], ["O=50", "B=10wt"]])
    def test_what_is_fixed_is_met_and_the_rest_keeps_its_proportions(self, fix: list[str]) -> None:
        before = np.array([[0.1, 0.0, 0.3, 0.2, 0.3, 0.1]])
        after = known(fix=fix).brought(before, SYMBOLS)
        assert after.sum() == pytest.approx(1.0)
        weights = weight_fractions(after, SYMBOLS)[0]
        for one in parse_fixed(fix, SYMBOLS):
            shares = weights if one.by_weight else after[0]
            assert shares[SYMBOLS.index(one.element)] == pytest.approx(one.share)
        np.testing.assert_allclose(after[0, [0, 1, 3, 4]] / after[0, 3], before[0, [0, 1, 3, 4]] / 0.2)

    def test_where_nothing_else_is_there_the_free_candidates_share_alike(self) -> None:
        pure = np.array([[0.0, 0.0, 0.0, 0.0, 0.0, 1.0]])
        after = known(listed=["B", "C", "O"], fix=["O=50"]).brought(pure, SYMBOLS)
        np.testing.assert_allclose(after, [[0, 0, 0.25, 0.25, 0, 0.5]])

    def test_samples_that_are_alike_are_together(self) -> None:
        one, other = known(excluded=["O"]), known(fix=["O=50"])
        both = Constraints.join([one, other, one])
        assert sorted(rows.tolist() for rows in both.alike()) == [[0, 2], [1]]


class TestHybrid:
    def hybrid(self, bulk: Technique, proposed: Floats = TRUTH) -> Hybrid:
        return Hybrid(bulk, RenderedLibrary(bulk), Saying(bulk, proposed / proposed.sum()))

    def test_a_true_fraction_changes_nothing_but_its_interval(self, bulk: Technique) -> None:
        method = self.hybrid(bulk)
        free, fixed = (method.answer(spectra(counts(bulk), one)) for one in (None, known(fix=["O=50"])))
        np.testing.assert_allclose(fixed.fraction[0], TRUTH, atol=3e-3)
        assert fixed.fraction[0, 5] == pytest.approx(0.5, abs=2 * EXACTLY)
        assert (fixed.upper - fixed.lower)[0, 5] < 10 * EXACTLY
        assert (free.upper - free.lower)[0, 5] > 0.05
        assert (fixed.upper - fixed.lower)[0, 2] < (free.upper - free.lower)[0, 2]

    def test_what_may_hide_takes_nothing_off_what_is_fixed(self, bulk: Technique) -> None:
        method = self.hybrid(bulk, TRUTH + np.array([0.1, 0.1, 0.0, 0.0, 0.1, 0.0]))
        few = np.random.default_rng(1).poisson(counts(bulk, dose=3e3)).astype(float)
        answer = method.answer(spectra(few, known(fix=["O=50"])))
        assert (answer.upper - answer.lower)[0, 5] < 10 * EXACTLY
        assert answer.fraction[0, 3] - answer.lower[0, 3] > answer.upper[0, 3] - answer.fraction[0, 3] + 1e-3

    @pytest.mark.parametrize("strength", [0.3, 2.0])
    @pytest.mark.parametrize("fix", ["O=50", "O=58.119wt"])
    def test_the_law_is_taken_at_what_is_fixed(self, bulk: Technique, strength: float, fix: str) -> None:
        """Lines of O are not as strong as the law says: the rest is right only in the matrix that is stated."""
        seen = counts(bulk, O=strength)
        free = self.hybrid(bulk).answer(spectra(seen)).fraction[0]
        answer = self.hybrid(bulk).answer(spectra(seen, known(fix=[fix])))
        assert abs(free[5] - 0.5) > 0.1
        np.testing.assert_allclose(answer.fraction[0], TRUTH, atol=2e-4)
        rescaled = known(fix=["O=50"]).brought(free[None], SYMBOLS)[0]
        assert abs(rescaled - TRUTH).max() > 8e-4
        assert f"by its lines, O would be {23.1 if strength < 1 else 66.7:.1f} at%" in answer.remarks[0]

    @pytest.mark.parametrize(
        "start", [[0, 0, 0.6, 0.3, 0, 0.1], [0, 0, 0.05, 0.05, 0, 0.9], [0.2, 0, 0.3, 0.3, 0, 0.2]]
    )
    def test_wherever_it_begins(self, bulk: Technique, start: list[float]) -> None:
        fixed = self.hybrid(bulk, np.array(start)).answer(spectra(counts(bulk, O=0.6), known(fix=["O=50"]))).fraction[0]
        np.testing.assert_allclose(fixed, TRUTH, atol=1e-3)

    def test_the_error_of_what_is_fixed_is_in_all_intervals(self, bulk: Technique) -> None:
        sure, unsure = (
            self.hybrid(bulk).answer(spectra(counts(bulk), known(fix=[text]))) for text in ("O=50", "O=50+-5")
        )
        np.testing.assert_allclose(sure.fraction, unsure.fraction)
        width = unsure.upper - unsure.lower
        assert width[0, 5] == pytest.approx(2 * 1.645 * 0.05, rel=0.01)
        rest = np.sqrt(width[0, 3] ** 2 - (sure.upper - sure.lower)[0, 3] ** 2)
        assert rest == pytest.approx(2 * 1.645 * 0.05 * 0.3 / 0.5, rel=0.05)

    def test_a_network_with_intervals_is_held_to_but_for_what_is_fixed(self, bulk: Technique) -> None:
        """Derivatives of a proposal by amounts are those of fractions as fixed: the fit would not settle otherwise."""
        held = replace(bulk, fit=replace(SETTINGS, decisions=replace(SETTINGS.decisions, proposal=1.0)))

        class Sure(Saying):
            def estimate(self, spectra: Spectra) -> Estimate:
                fraction = super().estimate(spectra).fraction
                return Estimate(fraction, np.maximum(fraction - 0.001, 0.0), fraction + 0.001)

        proposed = np.array([0.0, 0.0, 0.3, 0.3, 0.0, 0.4])
        answer = Hybrid(held, RenderedLibrary(held), Sure(held, proposed)).answer(
            spectra(counts(bulk, dose=2e3, O=0.5), known(fix=["O=50"]))
        )
        assert answer.fraction[0, 5] == pytest.approx(0.5)
        assert 0.22 < answer.fraction[0, 2] < 0.26

    def test_two_are_fixed_in_two_units(self, bulk: Technique) -> None:
        weight = weight_fractions(TRUTH[None], SYMBOLS)[0, 2]
        both = known(fix=["O=50", f"B={100 * weight}wt"])
        found = self.hybrid(bulk).answer(spectra(counts(bulk, O=0.7, B=1.3), both)).fraction[0]
        np.testing.assert_allclose(found, TRUTH, atol=1e-3)

    def test_what_is_required_is_never_dropped(self, bulk: Technique) -> None:
        weak = np.random.default_rng(1).poisson(counts(bulk, dose=3e3)).astype(float)
        method = self.hybrid(bulk)
        free, kept = (method.answer(spectra(weak, one)) for one in (None, known(required=["N"])))
        assert free.fraction[0, 4] == 0.0
        assert 0.0 < kept.fraction[0, 4] < 0.05
        assert kept.upper[0, 4] > kept.fraction[0, 4]
        np.testing.assert_allclose(kept.fraction[0, 2:], free.fraction[0, 2:], atol=0.05)

    def test_what_is_excluded_is_not_fitted_and_the_rest_makes_up_for_it(self, bulk: Technique) -> None:
        method = self.hybrid(bulk)
        answer = method.answer(spectra(counts(bulk), known(excluded=["C"])))
        assert answer.fraction[0, 3] == answer.upper[0, 3] == 0.0
        assert "if that were not excluded" in answer.remarks[0]
        assert "C 30.0" in answer.remarks[0]
        rest = np.where(np.arange(6) == 3, 0.0, TRUTH)
        missed = self.hybrid(bulk, rest).answer(spectra(counts(bulk), known(excluded=["C"])))
        assert missed.fraction[0, 3] == 0.0


class TestLibraryFits:
    @pytest.mark.parametrize("method", [LeastSquares, PoissonLikelihood])
    def test_what_is_fixed_is_met_within_the_fit(self, bulk: Technique, method: type[Quantifier]) -> None:
        quantifier = method(bulk, RenderedLibrary(bulk))
        answer = quantifier.answer(spectra(counts(bulk), known(fix=["O=50"])))
        np.testing.assert_allclose(answer.fraction[0], TRUTH, atol=0.01)
        assert answer.fraction[0, 5] == pytest.approx(0.5)
        assert answer.remarks == ()
        other = quantifier.answer(spectra(counts(bulk), known(fix=["O=40", "B=20wt"])))
        assert other.fraction[0, 5] == pytest.approx(0.4)
        assert weight_fractions(other.fraction, SYMBOLS)[0, 2] == pytest.approx(0.2)

    @pytest.mark.parametrize("method", [LeastSquares, PoissonLikelihood])
    def test_what_is_excluded_has_no_column(self, bulk: Technique, method: type[Quantifier]) -> None:
        """Lines of B and C overlap: what C had is not lost, as it is where answers are only cut."""
        quantifier = method(bulk, RenderedLibrary(bulk))
        free = quantifier.answer(spectra(counts(bulk))).fraction[0]
        cut = np.where(np.arange(6) == 3, 0.0, free) / (1.0 - free[3])
        fitted = quantifier.answer(spectra(counts(bulk), known(excluded=["C"]))).fraction[0]
        assert fitted[3] == 0.0
        assert fitted.sum() == pytest.approx(1.0)
        assert abs(fitted - cut).max() > 0.01

    def test_spectra_under_several_constraints(self, bulk: Technique) -> None:
        quantifier = LeastSquares(bulk, RenderedLibrary(bulk))
        each = [known(excluded=["C"]), known(fix=["O=40"]), known(excluded=["C"])]
        rows = Spectra.join(spectra(counts(bulk), one) for one in each)
        alone = [quantifier.answer(spectra(counts(bulk), one)).fraction[0] for one in each]
        np.testing.assert_allclose(quantifier.answer(rows).fraction, alone, atol=1e-9)


class TestOthers:
    """Methods that know nothing of constraints, such as a network."""

    def test_what_is_fixed_is_met_afterwards_and_said(self, bulk: Technique) -> None:
        said = Saying(bulk, np.array([0.1, 0.0, 0.3, 0.2, 0.3, 0.1]))
        answer = said.answer(spectra(counts(bulk), known(fix=["O=40+-1"])))
        np.testing.assert_allclose(answer.fraction, [[0.4 / 6, 0, 0.2, 0.8 / 6, 0.2, 0.4]])
        assert answer.remarks == ("it does not fit what is fixed; it would have O 10.0 at%",)
        assert (answer.lower[0, 5], answer.upper[0, 5]) == pytest.approx((0.38355, 0.41645), abs=1e-4)
        assert np.isnan(answer.upper[0, 2])

    def test_what_is_excluded_is_shared_out_and_said(self, bulk: Technique) -> None:
        said = Saying(bulk, np.array([0.1, 0.0, 0.3, 0.2, 0.3, 0.1]))
        answer = said.answer(spectra(counts(bulk), known(excluded=["O"])))
        np.testing.assert_allclose(answer.fraction, [[1 / 9, 0, 1 / 3, 2 / 9, 1 / 3, 0]])
        assert answer.remarks == ("there would be O 10.0 at%, if that were not excluded",)


class TestFiles:
    def test_a_file_keeps_them(self, bulk: Technique, tmp_path: Path) -> None:
        made = known(excluded=["Li"], required=["N"], fix=["O=60+-0.5", "B=12wt"])
        contracts.save(spectra(counts(bulk), made).to_dataset(bulk), "SPECTRA", tmp_path / "a.nc")
        again = Spectra.of(contracts.load(tmp_path / "a.nc", "SPECTRA"), bulk, "a.nc").constraints
        assert again is not None
        for here, there in zip(made.arrays, again.arrays, strict=True):
            np.testing.assert_array_equal(here, there)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("fixed_fraction", 1.5),
            ("fixed_fraction", 0.995),
            ("fixed_deviation", np.nan),
            ("fixed_weight_fraction", 0.5),
        ],
    )
    def test_nonsense_is_refused(self, bulk: Technique, name: str, value: float) -> None:
        dataset = spectra(counts(bulk), known(fix=["O=60", "B=2"])).to_dataset(bulk)
        dataset[name].values[0, 5] = value
        with pytest.raises(ContractError, match="here: SPECTRA has fractions that cannot be fixed"):
            Spectra.of(dataset, bulk, "here")


@pytest.fixture
def measured(bulk: Technique, tmp_path: Path) -> Path:
    rows = np.random.default_rng(1).poisson(counts(bulk))
    np.savetxt(tmp_path / "a.csv", np.column_stack([bulk.axis.centres, rows]), delimiter=",", fmt="%g")
    return tmp_path / "a.csv"


@pytest.fixture
def session(bulk: Technique) -> Session:  # noqa: ARG001
    return open_session("bulk", voltage=10.0)


def test_a_session_passes_them_on(session: Session, measured: Path) -> None:
    words: tuple[dict[str, object], ...] = ({"exclude": "Li, Be"}, {"exclude": ["Li", "Be"]})
    for exclude in words:
        result = session.quantify(measured, "nnls", fix="O=50", require="N", **exclude)  # type: ignore[arg-type]
        (notes,) = result.notes
        assert [str(note) for note in notes[:3]] == [
            "given: without Li, Be",
            "given: N kept, however weak",
            "given: O 50 at%",
        ]
        assert {row.element: row.fraction for row in result.table}["O"] == pytest.approx(0.5)


def test_the_command_line(shell: Shell, measured: Path) -> None:
    ask = ("quantify", "-t", "bulk", "--set", "voltage=10", "--method", "nnls", measured)
    done = shell(*ask, "--exclude", "C", "--fix", "O=50", "--out", measured.with_suffix(".json"))
    assert "  given: without C" in done.out
    assert "  given: O 50 at%" in done.out
    (entry,) = json.loads(measured.with_suffix(".json").read_text())["spectra"]
    amounts = {row["element"]: row["fraction"] for row in entry["composition"]}
    assert (amounts["C"], amounts["O"]) == (0.0, pytest.approx(0.5))
    assert {"kind": "given", "text": "O 50 at%", "about": "elements"} in entry["notes"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--exclude", "c"), "--exclude: no such element in this technique; found 'c'.* Did you mean 'C'"),
        (("--require", "Xx"), "--require: no such element"),
        (("--fix", "O"), "--fix: cannot be read as a fixed fraction"),
        (("--fix", "O=50", "--exclude", "O"), "--exclude: is excluded and required"),
    ],
)
def test_wrong_words_are_one_line(shell: Shell, measured: Path, words: tuple[str, ...], message: str) -> None:
    done = shell("quantify", "-t", "bulk", "--method", "nnls", measured, *words)
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert re.search(message, done.err)


def test_a_fixed_fraction_prints_as_it_is_typed() -> None:
    assert str(FixedFraction("O", 0.333)) == "O 33.3 at%"
    assert str(FixedFraction("O", 0.12, 0.005, by_weight=True)) == "O 12 +- 0.5 wt%"
