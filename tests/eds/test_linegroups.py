from collections import Counter

import numpy as np
import pytest

from specquant_eds import linegroups
from specquant_eds.elements import ELEMENTS
from specquant_eds.linegroups import HARD, SOFT, LineGroup, element_indices, family_factor, line_groups

GROUPS = {(group.element, group.label): group for group in line_groups()}


def test_element_and_label_name_a_group() -> None:
    # M4-N2 and M5-N3 once shared the label Mz, so that the mixing law gave one the intensity of the other
    assert [key for key, count in Counter((g.element, g.label) for g in line_groups()).items() if count > 1] == []


def test_groups_are_in_the_order_of_elements() -> None:
    order = element_indices(line_groups())
    assert (np.diff(order) >= 0).all()
    assert set(order.tolist()) == set(range(len(ELEMENTS)))


def test_rates_of_a_group_sum_to_one_and_energy_is_their_mean() -> None:
    for group in line_groups():
        rates = np.array([line.rate for line in group.lines])
        assert rates.sum() == pytest.approx(1.0)
        assert group.energy == pytest.approx(rates @ [line.energy for line in group.lines])


def test_lines_of_a_group_are_absorbed_alike() -> None:
    # they lie within 12 % of each other but for L1, L2 and the outermost M lines, which are weak
    for key in (("Fe", "Ka"), ("Fe", "Kb"), ("Au", "La"), ("Pb", "Ma"), ("Ba", "La")):
        energies = [line.energy for line in GROUPS[key].lines if line.rate > 0.01]
        assert max(energies) / min(energies) < 1.12


@pytest.mark.parametrize(
    ("element", "labels"),
    [
        ("O", {"Ka"}),
        ("Fe", {"Ka", "Kb", "La", "Ll", "L2", "L1"}),
        ("Au", {"La", "Ll", "L3-N", "L2", "L1", "Ma", "Mb", "Mz", "M4-N", "M3", "M2", "M1"}),
    ],
)
def test_labels_of_an_element(element: str, labels: set[str]) -> None:
    assert {label for symbol, label in GROUPS if symbol == element and label != "Kb"} | {"Kb"} >= labels - {"Kb"}
    assert ("O", "Kb") not in GROUPS


@pytest.mark.parametrize(
    ("key", "family", "group"),
    [
        (("Si", "Ka"), "K", "K"),
        (("Zn", "Ka"), "K", "K"),
        (("Ge", "Ka"), "K", "K hard"),
        (("Cu", "La"), "L", "L soft"),
        (("Sr", "La"), "L", "L"),
        (("Au", "La"), "L", "L hard"),
        (("Ba", "Ma"), "M", "M soft"),
        (("Au", "Ma"), "M", "M"),
    ],
)
def test_families_are_split_by_their_edges(key: tuple[str, str], family: str, group: str) -> None:
    if key[1] == "Ka" and group == "K hard":
        assert GROUPS[key].subshell.edge > HARD
    if group.endswith("soft"):
        assert GROUPS[key].subshell.edge < SOFT
    assert (GROUPS[key].family, GROUPS[key].group) == (family, group)


def test_a_family_of_an_element_is_one_group() -> None:
    names: dict[tuple[str, str], set[str]] = {}
    for group in line_groups():
        names.setdefault((group.element, group.family), set()).add(group.group)
    assert all(len(labels) == 1 for labels in names.values())


def test_share_is_yield_times_rate_times_factor() -> None:
    group = GROUPS["Fe", "Ka"]
    rate = sum(line.rate for line in group.subshell.lines if line.label.startswith("K-L"))
    assert group.factor == family_factor("Fe", "Ka")
    assert group.share == pytest.approx(group.subshell.fluorescence * rate * group.factor)
    assert 0.25 < group.share < 0.35  # Krause: yield 0.340, of which 0.88 is K-alpha


def test_factors_of_major_k_lines_are_near_one() -> None:
    # theory is sure of K lines of 1 to 7 keV within some 15 %: physics-eds.md
    majors = ("Na", "Mg", "Al", "Si", "P", "S", "Cl", "K", "Ca", "Ti", "Cr", "Mn", "Fe")
    factors = [family_factor(symbol, "Ka") for symbol in majors]
    assert 0.85 < min(factors) < max(factors) < 1.2


def test_what_was_not_measured_is_left_to_theory() -> None:
    assert family_factor("Fe", "no such line") == 1.0


def test_every_factor_belongs_to_a_group_and_is_a_sound_number() -> None:
    table = linegroups._family_factors()
    assert set(table) <= set(GROUPS)
    assert all(0.05 < factor < 8.0 for factor in table.values())


def test_groups_are_made_once() -> None:
    assert line_groups() is line_groups()
    assert isinstance(line_groups()[0], LineGroup)
