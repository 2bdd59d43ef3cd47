"""Which networks a study trains: the budget, the search for learning rates, the table, and the sweeps.

All trainings of a study see `Budget.spectra` fresh spectra each, in one pass, but for the search and the sweep over the
number of spectra. Every seed does the table and all three sweeps; the search is done once, with the first seed, on the
first recipe, and its rates hold for all other trainings. Beyond `Budget.spectra`, up to `Budget.most`, the sweep over
the number of spectra has the first seed only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from specquant.learning.networks import NETWORKS
from specquant.recipes import Constant, LogUniform, Recipe
from specquant.study.trainings import Training
from specquant.synthesizer import BLOCK
from specquant.technique import Technique

QUICK = 5_120
"""Spectra per training of the budget ``quick``: minutes, to see that everything works."""

RATES = (1e-3, 3e-3, 1e-2)
"""Learning rates of the search."""

DEPTHS = (1, 2, 3, 4, 6, 9)
"""Hidden layers of the CNN in the sweep over depth."""

RATIOS = (100.0, 70.0, 50.0, 35.0, 25.0, 17.0, 12.0, 8.0, 5.5, 3.8)
"""Signal-to-noise ratios: square roots of the counts in the strongest channel. The preprint's lowest is 3.8."""

BAYES_RATIOS = (100.0, 50.0, 25.0, 12.0, 5.5, 3.8)
"""Those of them at which the Bayes limit is worked out."""

ANY_NOISE = "any-noise"
"""Name of the recipe with the signal-to-noise ratios of a whole study."""

_VANILLA_DEPTH = 3
"""Hidden layers of the vanilla CNN."""

_FEWEST = 20_000
"""Spectra where the sweep over their number begins: a sixteenth of the article's 320 000."""

_LEAST_SEARCH = 10_240
"""Spectra that a training of the search sees at least: 40 steps."""

_MOST_COUNTS = 1e6
"""Most counts in the strongest channel of the recipe of any noise: a ratio of 1000, beyond the best of the figure."""


@dataclass(frozen=True)
class Budget:
    """How much a study does, all in spectra: per training, in the longest, in the search, to validate, to score."""

    spectra: int
    most: int
    search: int
    validation_blocks: int
    samples: int

    @staticmethod
    def of(spectra: int, most: int = 0) -> "Budget":
        """Return the budget of a number of spectra per training, and of up to `most` in the sweep over it."""
        blocks = min(max(spectra // 4_096, 1), 16)
        return Budget(
            spectra,
            max(spectra, most),
            min(max(spectra // 8, _LEAST_SEARCH), spectra),
            blocks,
            min(max(spectra // 20, 64), 2_048),
        )

    def sizes(self) -> tuple[int, ...]:
        """Return the numbers of spectra that the sweep has for every seed.

        They double from 20 000, or from a sixteenth of a smaller budget.
        """
        size, sizes = min(_FEWEST, max(self.spectra // 16, BLOCK)), []
        while 1.5 * size <= self.spectra:
            sizes.append(size)
            size *= 2
        return (*sizes, self.spectra)

    def longer(self) -> tuple[int, ...]:
        """Return the numbers of spectra beyond the budget, for the first seed only.

        Each is eight times the last, up to a quarter of the longest, which comes at the end.
        """
        size, sizes = 8 * self.spectra, []
        while 4 * size <= self.most:
            sizes.append(size)
            size *= 8
        return (*sizes, self.most) if self.most > self.spectra else ()


@dataclass(frozen=True)
class Plan:
    """The trainings of a study; the search and the sweeps are on the first of the recipes of the table.

    `average` is the first of them with its averages in place of distributions, which the CNN alone learns from.
    `rates` are learning rates by network, chosen by the search; all trainings but its own need them.
    """

    budget: Budget
    recipes: tuple[Recipe, ...]
    seeds: tuple[int, ...]
    average: Recipe | None = None
    rates: Mapping[str, float] = field(default_factory=dict)

    def search(self) -> list[Training]:
        """Return the trainings that the learning rates are chosen by."""
        size, first = self.budget.search, self.recipes[0]
        return [Training(first, size, self.seeds[0], rate, network) for network in NETWORKS for rate in RATES]

    def table(self) -> list[Training]:
        """Return every network on every recipe."""
        return [one for network in NETWORKS for recipe in self.recipes for one in self._of_seeds(network, recipe)]

    def depths(self) -> list[Training]:
        """Return the CNN with more and with fewer layers, on the first recipe."""
        changed = [0 if depth == _VANILLA_DEPTH else depth for depth in DEPTHS]
        return [replace(vanilla, depth=depth) for depth in changed for vanilla in self._vanilla()]

    def sizes(self) -> list[Training]:
        """Return the CNN trained on fewer and on more spectra of the first recipe."""
        vanilla = self._vanilla()
        trainings = [replace(one, spectra=size) for size in self.budget.sizes() for one in vanilla]
        return trainings + [replace(vanilla[0], spectra=size) for size in self.budget.longer()]

    def longest(self) -> Training:
        """Return the training that sees the most spectra."""
        return self.sizes()[-1]

    def averages(self) -> list[Training]:
        """Return the CNN on the first recipe with its averages in place of distributions, where there is such one."""
        return [] if self.average is None else self._of_seeds("cnn", self.average)

    def any_noise(self) -> list[Training]:
        """Return the CNN trained at all signal-to-noise ratios of the study."""
        return self._of_seeds("cnn", at_any_ratio(self.recipes[0]))

    def all(self) -> list[Training]:
        """Return all trainings but the search, each once."""
        return list(dict.fromkeys([*self.table(), *self.averages(), *self.depths(), *self.sizes(), *self.any_noise()]))

    def _vanilla(self) -> list[Training]:
        return self._of_seeds("cnn", self.recipes[0])

    def _of_seeds(self, network: str, recipe: Recipe) -> list[Training]:
        return [Training(recipe, self.budget.spectra, seed, self.rates[network], network) for seed in self.seeds]


def recipes_of(technique: Technique) -> tuple[Recipe, ...]:
    """Return the recipes of the table: ``article`` and ``field`` where there are, or else the technique's first."""
    known = tuple(technique.recipes[name] for name in ("article", "field") if name in technique.recipes)
    return known or (next(iter(technique.recipes.values())),)


def average_of(technique: Technique) -> Recipe | None:
    """Return the first recipe of the table with its averages in place of distributions, None where there is none."""
    return technique.recipes.get(f"{recipes_of(technique)[0].name}-average")


def at_ratio(recipe: Recipe, ratio: float) -> Recipe:
    """Return the recipe at one signal-to-noise ratio, with Poisson's noise."""
    title = f"{recipe.title}; signal-to-noise ratio {ratio:g}"
    return replace(recipe, title=title, counts=Constant(ratio**2), noise_factor=Constant(1.0), smoothing=0.0)


def at_any_ratio(recipe: Recipe) -> Recipe:
    """Return the recipe at all signal-to-noise ratios of a study, with Poisson's noise."""
    return replace(
        at_ratio(recipe, RATIOS[-1]),
        name=ANY_NOISE,
        title=f"{recipe.title}; signal-to-noise ratios of {RATIOS[-1]:g} to {_MOST_COUNTS**0.5:g}",
        counts=LogUniform(RATIOS[-1] ** 2, _MOST_COUNTS),
    )
