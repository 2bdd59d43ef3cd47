import pytest

from specquant_eds.lines import (
    ELECTRONS,
    LEAST_ENERGY,
    SUBSHELLS,
    coster_kronig,
    edge_energy,
    fluorescence_yield,
    subshells,
)


# Bearden and Burr, Rev. Mod. Phys. 39 (1967) 125
@pytest.mark.parametrize(
    ("z", "name", "edge"),
    [(14, "K", 1838.9), (26, "K", 7112.0), (29, "L3", 931.1), (79, "L3", 11918.7), (79, "M5", 2205.7)],
)
def test_edges_are_those_of_the_tables(z: int, name: str, edge: float) -> None:
    assert edge_energy(z, name) == pytest.approx(edge, abs=3.0)


def test_an_element_without_the_subshell_has_no_edge() -> None:
    assert edge_energy(6, "M5") == 0.0


# Krause, J. Phys. Chem. Ref. Data 8 (1979) 307
@pytest.mark.parametrize(
    ("z", "name", "expected"),
    [(13, "K", 0.039), (22, "K", 0.214), (26, "K", 0.340), (29, "K", 0.440), (47, "K", 0.831), (79, "L3", 0.320)],
)
def test_yields_are_near_those_of_krause(z: int, name: str, expected: float) -> None:
    assert fluorescence_yield(z, name) == pytest.approx(expected, rel=0.06)


def test_m4_stands_in_where_m5_has_no_yield() -> None:
    assert fluorescence_yield(50, "M5") == fluorescence_yield(50, "M4") > 0
    assert fluorescence_yield(79, "M5") != fluorescence_yield(79, "M4")
    assert fluorescence_yield(6, "M5") == 0.0


def test_coster_kronig_of_gold_is_that_of_krause() -> None:
    assert coster_kronig(79, "L2", "L3") == pytest.approx(0.122, abs=0.01)
    assert coster_kronig(79, "L3", "L2") == 0.0


def test_vacancies_follow_every_chain() -> None:
    (l3,) = [subshell for subshell in subshells(79) if subshell.name == "L3"]
    reach = dict(l3.vacancies)
    chain = coster_kronig(79, "L1", "L3") + coster_kronig(79, "L1", "L2") * coster_kronig(79, "L2", "L3")
    assert reach["L1"] == pytest.approx(chain)
    assert reach["L1"] > coster_kronig(79, "L1", "L3")
    assert reach["L2"] == pytest.approx(coster_kronig(79, "L2", "L3"))
    assert reach["L3"] == 1.0


def test_a_k_vacancy_stays_in_k() -> None:
    assert subshells(26)[0].vacancies == (("K", 1.0),)


# Deslattes et al., Rev. Mod. Phys. 75 (2003) 35
@pytest.mark.parametrize(
    ("z", "label", "energy"),
    [
        (13, "K-L3", 1486.7),
        (25, "K-L3", 5898.8),
        (26, "K-L3", 6404.0),
        (26, "K-L2", 6391.0),
        (29, "K-L3", 8047.8),
        (56, "L3-M5", 4466.3),
        (79, "L3-M5", 9713.4),
        (82, "M5-N7", 2345.5),
    ],
)
def test_line_energies_are_those_of_the_tables(z: int, label: str, energy: float) -> None:
    lines = {line.label: line for subshell in subshells(z) for line in subshell.lines}
    assert lines[label].energy == pytest.approx(energy, abs=3.0)


def test_rates_of_a_full_shell_sum_to_one() -> None:
    for z in (26, 56, 79):
        for subshell in subshells(z):
            if subshell.shell in ("K", "L"):
                assert sum(line.rate for line in subshell.lines) == pytest.approx(1.0, abs=0.03)


def test_k_beta_of_iron_is_an_eighth_of_k_alpha() -> None:
    # Scofield, At. Data Nucl. Data Tables 14 (1974) 121: 0.1309; with exchange, Phys. Rev. A 9 (1974) 1041: 0.1380
    lines = subshells(26)[0].lines
    alpha, beta = (sum(x.rate for x in lines if x.label[2] == outer) for outer in "LM")
    assert 0.125 < beta / alpha < 0.140


def test_lines_whose_tabulated_yields_are_absurd_are_left_out() -> None:
    soft = [line for z in range(5, 93) for s in subshells(z) if s.name != "K" for line in s.lines]
    assert min(line.energy for line in soft) >= LEAST_ENERGY
    assert [subshell.name for subshell in subshells(13)] == ["K"]
    assert subshells(5)[0].lines[0].energy < LEAST_ENERGY


def test_every_subshell_has_its_electrons() -> None:
    assert {name: ELECTRONS[name] for name in SUBSHELLS} == ELECTRONS
    assert sum(ELECTRONS[name] for name in SUBSHELLS if name[0] == "M") == 18
