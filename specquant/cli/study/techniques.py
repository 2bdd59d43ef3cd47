"""``specquant study techniques``: the same network on several techniques, and what one helps in another."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from specquant.cli.options import Budget, command_line, out_option
from specquant.cli.outputs import begin_folder, written
from specquant.cli.printing import say
from specquant.cli.progress import open_progress

if TYPE_CHECKING:
    from specquant.study.techniques.results import Comparison

_MOST_STEPS = 1_000
"""Stages longer than this count spectra; others count trainings, maps and scores."""


def _folders(_context: click.Context, _parameter: click.Parameter, texts: tuple[str, ...]) -> dict[str, Path]:
    """Return folders by the technique that each is named for."""
    pairs = [text.partition("=") for text in texts]
    wrong = [text for text, (name, _, folder) in zip(texts, pairs, strict=True) if not name or not folder]
    if wrong:
        raise click.BadParameter(f"{wrong[0]!r} is not NAME=FOLDER, such as xps=surveys")
    return {name: Path(folder) for name, _, folder in pairs}


@click.command("techniques")
@click.option(
    "--technique", "-t", "names", required=True, multiple=True, metavar="NAME", help="Technique; give two or more."
)
@click.option(
    "--recipe",
    default="article",
    show_default=True,
    metavar="NAME",
    help="Recipe of this name of every technique; one that has none takes its first.",
)
@click.option(
    "--budget",
    type=Budget("quick", "full"),
    default="quick",
    show_default=True,
    metavar="quick|full|N",
    help="Spectra of the longest trainings: 5120, 80000, or a number.",
)
@click.option("--seeds", type=click.IntRange(min=1), default=2, show_default=True, help="How many seeds: 1, 2, ...")
@click.option(
    "--data",
    multiple=True,
    callback=_folders,
    metavar="NAME=FOLDER",
    help="Folder with labels.csv to score a technique on too; may be repeated.",
)
@click.option(
    "--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True, help="Where torch computes."
)
@out_option("Folder for models and report.")
def command(
    names: tuple[str, ...],
    recipe: str,
    budget: str | int,
    seeds: int,
    data: dict[str, Path],
    device: str,
    out: Path,
) -> None:
    """Train the same network on several techniques and into each other, and compare.

    Interrupted, the same command goes on where it stopped.
    """
    from specquant.session import open_session
    from specquant.study.techniques import BUDGETS, FILES, techniques_study

    if len(set(names)) < max(2, len(names)):
        raise click.UsageError("give two or more techniques, each once: -t NAME -t NAME")
    if strange := sorted(set(data) - set(names)):
        raise click.UsageError(f"--data names {strange[0]}, which is not among the techniques {', '.join(names)}")
    begin_folder(out, FILES, data.values())
    sessions = [open_session(name, device=device, command=command_line()) for name in names]
    spectra = BUDGETS[budget] if isinstance(budget, str) else budget
    with open_progress(lambda _title, total: "spectra" if total > _MOST_STEPS else "steps") as watch:
        compared = techniques_study(sessions, out, watch, spectra=spectra, seeds=seeds, level=recipe, data=data)
    print_comparison(compared)
    written(out / "report.html")
    say(f"report: {out / 'report.html'}")


def print_comparison(compared: "Comparison") -> None:
    """Print accuracy, transfer at both ends of the sizes, and the claim, per technique."""
    from specquant.study.figure import Figure, figure_text, gain_text
    from specquant.study.techniques.claim import Claim
    from specquant.study.techniques.plan import SCRATCH

    ends = dict.fromkeys((compared.sizes[0], compared.sizes[-1]))
    for side in compared.sides:
        say(f"{side.name}: {figure_text(Figure.of(side.largest))} % after {compared.sizes[-1]:,} spectra")
        for title in side.accuracy:
            if title != SCRATCH:
                gains = [f"{gain_text(side.gain(title, x))} at {x:,}" for x in ends]
                say(f"  {title}, above {SCRATCH}: {', '.join(gains)} points")
        for words, answer in Claim(side).answers.items():
            say(f"  {'yes' if answer else 'no':<4}{words}")
