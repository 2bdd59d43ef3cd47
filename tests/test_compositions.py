import numpy as np
import pytest

from specquant.compositions import formula, fractions_of, parse_amounts, parse_formula
from specquant.errors import SettingError


class TestAmounts:
    @pytest.mark.parametrize(
        "text",
        [
            "O42.8 Si21.2",
            "O:42.8 Si:21.2",
            "O=42.8,Si=21.2",
            "O 42.8 Si 21.2",
            " O42.8, Si21.2;",
            "O4.28e1 Si212e-1",
            "O40 Si21.2 O2.8",
        ],
    )
    def test_every_way_of_writing_them(self, text: str) -> None:
        assert parse_amounts(text) == pytest.approx({"O": 42.8, "Si": 21.2})

    def test_one_is_enough_and_decimals_may_lack_a_figure(self) -> None:
        assert parse_amounts("Fe:100") == {"Fe": 100.0}
        assert parse_amounts("Fe5. O.5") == {"Fe": 5.0, "O": 0.5}

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("nonsense", "'nonsense' left over"),
            ("O42.8 and Si21.2", "'and' left over"),
            ("Si O2", "'Si' left over"),
            ("42", "'42' left over"),
            ("C:", "'C:' left over"),
            ("C:1:2", "'C:1:2' left over"),
            ("C-1", "'C-1' left over"),
            ("C:nan", "'C:nan' left over"),
            ("C1.2.3", r"'C1\.2\.3' left over"),
            ("Fe40O60", "'Fe40O60' left over"),
            ("O42.8 Xx3 Yy2 Xx1", "no such element: Xx, Yy"),
            (" , ", "no amount of any element"),
        ],
    )
    def test_what_is_none_is_refused(self, text: str, reason: str) -> None:
        with pytest.raises(SettingError, match=f"is not a composition; found {reason}; wanted a formula such as CaF2"):
            parse_amounts(text)


class TestFormula:
    @pytest.mark.parametrize(
        ("text", "atoms"),
        [
            ("CaF2", {"Ca": 1, "F": 2}),
            ("Fe", {"Fe": 1}),
            (" Al2O3 ", {"Al": 2, "O": 3}),
            ("Fe0.95O", {"Fe": 0.95, "O": 1}),
            ("AlOOH", {"Al": 1, "O": 2, "H": 1}),
            ("Ca5(PO4)3F", {"Ca": 5, "P": 3, "O": 12, "F": 1}),
            ("O60Mg11Al4Si18Ca6Fe1", {"O": 60, "Mg": 11, "Al": 4, "Si": 18, "Ca": 6, "Fe": 1}),
        ],
    )
    def test_atoms_are_counted(self, text: str, atoms: dict[str, float]) -> None:
        assert parse_formula(text) == pytest.approx(atoms)

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("nonsense", "'nonsense' left over"),
            ("42", "'42' left over"),
            ("Fe(O", r"'\(' left over"),
            ("Jo2", "no such element: Jo"),
            ("", "no amount of any element"),
            ("O0", "no amount of any element"),
        ],
    )
    def test_what_is_none_is_refused(self, text: str, reason: str) -> None:
        with pytest.raises(SettingError, match=f"is not a composition; found {reason}; wanted a formula such as CaF2"):
            parse_formula(text)


class TestFractions:
    def test_amounts_of_atoms_are_brought_to_a_sum_of_one(self) -> None:
        np.testing.assert_allclose(fractions_of({"C": 1, "O": 3, "H": 7}, ("B", "C", "O")), [0, 0.25, 0.75])

    def test_amounts_of_weight_become_atoms(self) -> None:
        np.testing.assert_allclose(
            fractions_of({"Li": 30.25, "O": 69.75}, ("Li", "O"), by_weight=True), [0.5, 0.5], atol=1e-3
        )

    @pytest.mark.parametrize("by_weight", [False, True])
    def test_none_of_the_elements(self, by_weight: bool) -> None:
        assert fractions_of({"H": 2}, ("C", "O"), by_weight).tolist() == [0, 0]


def test_a_formula_leaves_traces_out() -> None:
    assert formula(np.array([0.009, 0.01, 0.981]), ("Li", "Be", "B")) == "B 98.1 Be 1.0"


def test_a_formula_can_be_read_again() -> None:
    assert parse_amounts(formula(np.array([0.25, 0.15, 0.6]), ("Fe", "Al", "O"), most=2)) == {"O": 60.0, "Fe": 25.0}
