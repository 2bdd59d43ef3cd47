"""Checks of the recipes: spectra under their contract, a truth that is true, the same for the same seed."""

import numpy as np

from specquant import contracts
from specquant.testing.registry import check, require
from specquant.testing.subject import SEED, Subject

_READABLE = 0.3
"""Accuracy of least squares below which a recipe looks as if nothing could be read: XPS, its worst, has 0.5. Chosen."""


@check("every_element_can_be_seen")
def recipes_make_spectra(subject: Subject) -> None:
    """Every recipe gives SPECTRA with something to see in each."""
    for name in subject.plugin.technique.recipes:
        spectra = contracts.check(subject.drawn(name), "SPECTRA", f"recipe {name}")
        require((spectra["counts"].values.max(axis=1) > 0).all(), f"recipe {name} makes an empty spectrum")


@check("recipes_make_spectra")
def recipes_reach_the_elements(subject: Subject) -> None:
    """The default recipe draws most of the elements that it gives weight to."""
    technique = subject.plugin.technique
    recipe = technique.recipe()
    truth = subject.drawn(recipe.name)["fraction"].values
    weights = np.array([recipe.prior.get(symbol, recipe.prior_default) for symbol in technique.elements])
    require(not truth[:, weights == 0].any() or recipe.additions, "an element of weight zero was drawn")
    missing = np.array(technique.elements)[(weights > 0) & ~(truth > 0).any(axis=0)]
    require(2 * missing.size < (weights > 0).sum(), f"most elements never occur: {', '.join(missing)}")


@check("recipes_make_spectra")
def same_seed_gives_the_same_spectra(subject: Subject) -> None:
    """Seed and number decide a spectrum, nothing else: what is drawn before it does not."""
    for name in subject.plugin.technique.recipes:
        few, many = subject.drawn(name, count=3), subject.drawn(name)
        require(few.equals(many.isel(sample=slice(3))), f"recipe {name} gives other spectra for the same seed")


@check("recipes_make_spectra")
def seeds_share_no_spectrum(subject: Subject) -> None:
    """Training, validation and other seeds see different spectra."""
    name = subject.plugin.technique.recipe().name
    first = subject.drawn(name, count=1)
    for other in (subject.drawn(name, 1, SEED + 1), subject.drawn(name, 1, stream="validation")):
        require(not np.array_equal(first["counts"], other["counts"]), "two seeds or streams give the same spectrum")


@check("library_renders")
def groups_of_recipes_are_rendered(subject: Subject) -> None:
    """A recipe scatters and moves only groups that the library has."""
    groups = {str(group) for group in subject.library.dataset["group"].values}
    for recipe in subject.plugin.technique.recipes.values():
        strangers = {*recipe.group_scatter, *recipe.group_shift} - groups
        require(not strangers, f"recipe {recipe.name} names groups that are not rendered: {sorted(strangers)}")


@check("recipes_make_spectra", "elements_look_different", "mixing_takes_the_values_of_each_row", advice=True)
def spectra_of_recipes_can_be_read(subject: Subject) -> None:
    """Of freshly drawn spectra of the simplest recipe, least squares reads most: or noise hides everything."""
    from specquant.evaluation import article_accuracy
    from specquant.fits import LeastSquares

    technique = subject.plugin.technique
    drawn = subject.drawn(next(iter(technique.recipes))).isel(sample=slice(20))
    fraction = LeastSquares(technique, subject.library).quantify(drawn)["fraction"].values
    accuracy = float(article_accuracy(fraction, drawn["fraction"].values).mean())
    require(accuracy > _READABLE, f"accuracy of non-negative least squares is {accuracy:.2f}")
