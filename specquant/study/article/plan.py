"""Which networks a study trains: the budget, the search for learning rates, the table, and the sweeps.

All trainings of a study see `Budget.spectra` fresh spectra each, in one pass, but for the search and the sweep over the
number of spectra. Every seed does the table and all three sweeps; the search is done once, with the first seed, on the
first recipe, and its rates hold for all other trainings. Beyond `Budget.spectra`, up to `Budget.most`, the sweep over
the number of spectra has the first seed only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from specquant.learning import TrainingPlan
from specquant.learning.networks import NETWORKS, Architecture, find_architecture, of_depth
from specquant.recipes.distributions import Constant, LogUniform
from specquant.recipes.recipe import Recipe
from specquant.synthesizer import BLOCK
from specquant.technique import Technique

QUICK = 5_120
"""Spectra per run of the budget ``quick``: minutes, to see that everything works."""

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

_FEWEST = 20_000
_LEAST_SEARCH = 10_240
_MOST_COUNTS = 1e6


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
        """Return the budget of so many spectra per training, and up to `most` in the sweep over their number."""
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
        size, found = min(_FEWEST, max(self.spectra // 16, BLOCK)), []
        while 1.5 * size <= self.spectra:
            found.append(size)
            size *= 2
        return (*found, self.spectra)

    def longer(self) -> tuple[int, ...]:
        """Return the numbers of spectra beyond the budget, for the first seed only.

        Each is eight times the last, up to a quarter of the longest, which comes at the end.
        """
        size, found = 8 * self.spectra, []
        while 4 * size <= self.most:
            found.append(size)
            size *= 8
        return (*found, self.most) if self.most > self.spectra else ()


@dataclass(frozen=True)
class Run:
    """One training: all that its result follows from. `depth` is 0 but for a CNN of another depth than three."""

    network: str
    recipe: str
    spectra: int
    learning_rate: float
    seed: int
    depth: int = 0

    @property
    def name(self) -> str:
        """The run as a file name without suffix."""
        network = f"{self.network}{self.depth or ''}"
        return f"{network}-{self.recipe}-{self.spectra}-rate{self.learning_rate:g}-seed{self.seed}"

    @property
    def architecture(self) -> Architecture:
        """The network that is trained."""
        known = find_architecture(self.network)
        return replace(known, sizes=of_depth(self.depth)) if self.depth else known

    @property
    def plan(self) -> TrainingPlan:
        """How long and how fast it learns."""
        return TrainingPlan(self.spectra, self.learning_rate, seed=self.seed)


@dataclass(frozen=True)
class Plan:
    """The trainings of a study on `recipes`, once the learning `rates` (by network) are known."""

    budget: Budget
    recipes: tuple[str, ...]
    seeds: tuple[int, ...]

    def search(self) -> list[Run]:
        """Return the trainings that the learning rates are chosen by."""
        size, first = self.budget.search, self.recipes[0]
        return [Run(network, first, size, rate, self.seeds[0]) for network in NETWORKS for rate in RATES]

    def table(self, rates: Mapping[str, float]) -> list[Run]:
        """Return every network on every recipe."""
        return [run for network in NETWORKS for recipe in self.recipes for run in self._seeds(network, recipe, rates)]

    def depths(self, rates: Mapping[str, float]) -> list[Run]:
        """Return the CNN with more and with fewer layers, on the first recipe."""
        vanilla = self._seeds("cnn", self.recipes[0], rates)
        return [replace(run, depth=0 if depth == 3 else depth) for depth in DEPTHS for run in vanilla]

    def sizes(self, rates: Mapping[str, float]) -> list[Run]:
        """Return the CNN trained on fewer and on more spectra of the first recipe."""
        vanilla = self._seeds("cnn", self.recipes[0], rates)
        runs = [replace(run, spectra=size) for size in self.budget.sizes() for run in vanilla]
        return runs + [replace(vanilla[0], spectra=size) for size in self.budget.longer()]

    def longest(self, rates: Mapping[str, float]) -> Run:
        """Return the training that sees the most spectra."""
        return self.sizes(rates)[-1]

    def any_noise(self, rates: Mapping[str, float]) -> list[Run]:
        """Return the CNN trained at all signal-to-noise ratios of the study."""
        return self._seeds("cnn", ANY_NOISE, rates)

    def all(self, rates: Mapping[str, float]) -> list[Run]:
        """Return all trainings but the search, each once."""
        groups = (self.table(rates), self.depths(rates), self.sizes(rates), self.any_noise(rates))
        return list(dict.fromkeys(run for group in groups for run in group))

    def _seeds(self, network: str, recipe: str, rates: Mapping[str, float]) -> list[Run]:
        return [Run(network, recipe, self.budget.spectra, rates[network], seed) for seed in self.seeds]


def recipes_of(technique: Technique) -> tuple[str, ...]:
    """Return the recipes of the table: ``article`` and ``field`` where there are, or else the technique's first."""
    known = tuple(name for name in ("article", "field") if name in technique.recipes)
    return known or (next(iter(technique.recipes)),)


def at_ratio(recipe: Recipe, ratio: float) -> Recipe:
    """Return the recipe at one signal-to-noise ratio, with Poisson's noise."""
    title = f"{recipe.title}; signal-to-noise ratio {ratio:g}"
    return replace(recipe, title=title, counts=Constant(ratio**2), noise_factor=Constant(1.0), smoothing=0.0)


def with_any_noise(technique: Technique) -> Technique:
    """Return the technique with one more recipe: its first of the study, at all signal-to-noise ratios."""
    recipe = technique.recipe(recipes_of(technique)[0])
    made = replace(
        at_ratio(recipe, RATIOS[-1]),
        name=ANY_NOISE,
        title=f"{recipe.title}; signal-to-noise ratios of {RATIOS[-1]:g} to {_MOST_COUNTS**0.5:g}",
        counts=LogUniform(RATIOS[-1] ** 2, _MOST_COUNTS),
    )
    return replace(technique, recipes={**technique.recipes, ANY_NOISE: made})
