"""Which networks are trained on every technique: sizes of the training set, what they begin with, and four others.

All are the vanilla CNN with its own learning rate, loss and optimizer, on the recipe of one name, with the same seeds.

=============== ================================================================== ==============================
part            what is trained                                                    spectra
=============== ================================================================== ==============================
from scratch    random weights                                                     every size
random frozen   random weights; the convolutions keep them                         every size
frozen          convolutions of another technique, which keep their weights        every size
fine-tuned      convolutions of another technique, learned further                 every size
tuned           other learning rates and depths, first seed                        the largest size
=============== ================================================================== ==============================

The convolutions of another technique are those of its network from scratch, of the same seed and the largest size.
Those of a technique itself are left out: they have seen its spectra, so that they would say nothing on transfer.

All networks are settled: the averages of batch norm are measured once they are trained. Otherwise convolutions of
another technique seem to help after few updates, because their averages do not begin from nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from specquant.learning import Start
from specquant.learning.networks import NETWORKS
from specquant.recipes import Recipe
from specquant.study.trainings import Training
from specquant.technique import Technique

BUDGETS = {"quick": 5_120, "full": 80_000}
"""Spectra of the longest trainings, by word: minutes, to see that everything works; and what the study is for."""

SCRATCH = "from scratch"
"""Title of networks that begin with random weights and learn all."""

RANDOM = "random convolutions, frozen"
"""Title of networks that keep random convolutions."""

_NETWORK = "cnn"
"""The network that is trained."""

_LAYERS = 3
"""Convolution layers of it, all of which are taken over or frozen."""

_FEWEST = 2_500
"""Spectra of the shortest training, where the budget is large enough for three sizes above it."""

_HALVINGS = 2
"""Smaller sizes that every budget has."""

_LEAST_SAMPLES, _MOST_SAMPLES = 512, 2_048
"""Fresh spectra that all are scored on. Chosen: an element is in ten and more of them."""

_FEWER = 8
"""Share of them, one in, that a fit of the whole spectrum is scored on: it takes up to a second for each."""

_SMALLEST = 256
"""Spectra of any training, at least: one step."""


@dataclass(frozen=True)
class Budget:
    """How much is done, in spectra: per training, to validate, to score, to score methods that take long."""

    sizes: tuple[int, ...]
    validation_blocks: int
    samples: int
    few: int

    @staticmethod
    def of(spectra: int) -> "Budget":
        """Return the budget of a number of spectra in the longest training; sizes below it are halved each time."""
        sizes = [spectra]
        while sizes[0] // 2 >= _FEWEST or (len(sizes) <= _HALVINGS and sizes[0] // 2 >= _SMALLEST):
            sizes.insert(0, sizes[0] // 2)
        samples = min(max(spectra // 10, _LEAST_SAMPLES), _MOST_SAMPLES)
        return Budget(tuple(sizes), min(max(spectra // 4_096, 1), 16), samples, samples // _FEWER)


@dataclass(frozen=True)
class Plan:
    """The trainings of one technique."""

    budget: Budget
    recipe: Recipe
    seeds: tuple[int, ...]

    def trained(self, spectra: int, seed: int) -> Training:
        """Return the network from scratch, of a size and seed."""
        return Training(self.recipe, spectra, seed, NETWORKS[_NETWORK].learning_rate, _NETWORK, settled=True)

    def longest(self) -> list[Training]:
        """Return the networks from scratch of the largest size, one per seed."""
        return [self.trained(self.budget.sizes[-1], seed) for seed in self.seeds]

    def alone(self) -> dict[str, list[Training]]:
        """Return what needs no other technique by its title: all sizes, and of each all seeds."""
        scratch = [self.trained(size, seed) for size in self.budget.sizes for seed in self.seeds]
        return {SCRATCH: scratch, RANDOM: [replace(x, frozen=_LAYERS, label="random-frozen") for x in scratch]}

    def tuned(self) -> dict[str, Training]:
        """Return networks that differ in one setting, first seed and largest size, by what they differ in."""
        first = self.longest()[0]
        return {
            "a third of the learning rate": replace(first, learning_rate=first.learning_rate / 3),
            "three times the learning rate": replace(first, learning_rate=first.learning_rate * 3),
            "two hidden layers": replace(first, depth=2),
            "six hidden layers": replace(first, depth=6),
        }

    def transferred(self, donor: str, starts: Mapping[int, Start]) -> dict[str, list[Training]]:
        """Return what begins with the convolutions of a donor, by seed, as `alone` does."""
        scratch = self.alone()[SCRATCH]
        begun = [replace(one, start=starts[one.seed]) for one in scratch]
        return {
            title_of(donor, frozen=True): [replace(x, frozen=_LAYERS, label=f"{donor}-frozen") for x in begun],
            title_of(donor, frozen=False): [replace(x, label=f"{donor}-tuned") for x in begun],
        }


def title_of(donor: str, frozen: bool) -> str:
    """Return the title of networks with the convolutions of another technique."""
    return f"convolutions of {donor}, {'frozen' if frozen else 'fine-tuned'}"


def recipe_of(technique: Technique, level: str) -> Recipe:
    """Return the recipe of that name, or else the technique's first."""
    return technique.recipes.get(level) or next(iter(technique.recipes.values()))
