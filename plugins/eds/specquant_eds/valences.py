"""Usual valences of elements in rock-forming oxides, as petrologists report them."""

VALENCES = {
    **dict.fromkeys(("Na", "K", "Rb", "Cs", "Ag"), 1),
    **dict.fromkeys(("Mg", "Ca", "Sr", "Ba", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Cd", "Pb"), 2),
    **dict.fromkeys(("B", "Al", "Sc", "Cr", "Ga", "As", "Y", "In", "Sb", "Bi", "La", "Ce", "Pr", "Nd", "Sm"), 3),
    **dict.fromkeys(("Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu"), 3),
    **dict.fromkeys(("C", "Si", "Ti", "Ge", "Zr", "Sn", "Hf", "Th", "U"), 4),
    **dict.fromkeys(("N", "P", "V", "Nb", "Ta"), 5),
    **dict.fromkeys(("S", "Se", "Mo", "Te", "W"), 6),
    **dict.fromkeys(("F", "Cl", "Br", "I"), -1),
}
"""Valence by symbol: those of the oxides that Deer, Howie and Zussman, An Introduction to the Rock-Forming Minerals
(3rd ed. 2013), tabulate analyses in, iron as FeO, manganese as MnO and sulfur as SO3; halogens take the place of
oxygen. Elements not named are reported as such."""
