"""Options that several commands share, and the session that they open."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from specquant.cli.printing import tell
from specquant.cli.status import doing
from specquant.files import followed
from specquant.terminal import storable

if TYPE_CHECKING:
    from specquant.session import Session

F = TypeVar("F", bound=Callable[..., Any])


def typed(*names: str) -> bool:
    """Return whether any parameter of the command with these names was typed, whatever its value."""
    source = click.get_current_context().get_parameter_source
    return any(source(name) is ParameterSource.COMMANDLINE for name in names)


def path_option(*names: str, metavar: str, help: str, **settings: Any) -> Callable[[F], F]:
    """Return an option that takes a path."""
    return click.option(*names, type=click.Path(path_type=Path), metavar=metavar, help=help, **settings)


def each_once(_context: click.Context, _parameter: click.Parameter, files: Sequence[Path]) -> tuple[Path, ...]:
    """Return every file once; say where one is given more often, as the same spectrum twice shows no scatter."""
    once = {followed(path): path for path in reversed(files)}
    taken = tuple(path for path in dict.fromkeys(files) if once[followed(path)] == path)
    again = len(files) - len(taken)
    if again:
        tell(f"{again} file{'s' * (again > 1)} given more than once: each is taken once")
    return taken


files_argument = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), callback=each_once)
seed_option = click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Random seed.")
elements_option = click.option(
    "--elements", metavar="LIST", help="Only these elements occur in drawn samples, e.g. O,Si,Fe."
)
prior_option = path_option(
    "--prior", metavar="FILE.csv", help="How often elements occur in drawn samples: columns element and weight."
)
method_option = click.option(
    "--method", help="hybrid, cnn, nnls, poisson, or one of the plug-in's.  [default: the technique's best]"
)
recipe_option = click.option("--recipe", metavar="NAME", help="Recipe of the spectra.  [default: the technique's own]")
jobs_option = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Processes that share the spectra; answers do not depend on it.",
)
same_instrument_option = click.option(
    "--same-instrument",
    is_flag=True,
    help="Files are of one instrument, or of one per detector that they name; what nobody states is found from all.",
)
scheduler_option = click.option(
    "--scheduler",
    metavar="tcp://HOST:PORT",
    help="A dask cluster that shares the work; it has to see the same files.",
)

_KNOWN = {
    "elements": click.option(
        "--elements", metavar="LIST", help="The only elements there can be, e.g. O,Si,Fe.  [default: all]"
    ),
    "exclude": click.option("--exclude", metavar="LIST", help="Elements that cannot be there, e.g. Fe,Co."),
    "require": click.option(
        "--require", metavar="LIST", help="Elements that are there, however weak their lines, e.g. N."
    ),
    "fix": click.option(
        "--fix",
        multiple=True,
        metavar="EL=AMOUNT",
        help="Fraction of an element, e.g. Si=33.3 (at%), O=60+-0.5 or Fe=12wt%; may be repeated.",
    ),
}
"""Options of what is known of a sample's elements, in the order in which they are listed: as of `Session.quantify`."""

_BY_FILES = click.option(
    "--technique", "-t", metavar="NAME", help="Installed technique, e.g. xps.  [default: what the files say]"
)
"""The option of commands that read files, which may say it."""

_SESSION = {
    "technique": click.option(
        "--technique", "-t", required=True, metavar="NAME", help="Installed technique, e.g. xps."
    ),
    "model": click.option(
        "--model",
        metavar="NAME",
        help="Shipped model by name, or a model file.  [default: field, or the one that ships]",
    ),
    "shift": click.option(
        "--shift",
        type=float,
        metavar="ENERGY",
        help="Offset of the energy axis, taken off it, in its unit; 0: none.  [default: looked for]",
    ),
    "reference": click.option(
        "--reference", metavar="LINE=ENERGY", help="A line and the energy where its maximum shall lie, e.g. C1s=284.8."
    ),
    "settings": click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="NAME=VALUE",
        help="Instrument parameter that wins over the file's, e.g. beam_energy=15000; may be repeated.",
    ),
    "instrument": path_option(
        "--instrument", metavar="FILE.json", help="Instrument file that specquant calibrate wrote."
    ),
    "library": path_option("--library", metavar="FILE.nc", help="Pure library to use instead of the rendered one."),
    "sensitivity_error": click.option(
        "--sensitivity-error",
        type=float,
        default=0.0,
        show_default=True,
        metavar="PERCENT",
        help="How far sensitivity factors may be off on this instrument (one standard deviation): intervals hold it.",
    ),
    "linear": click.option(
        "--linear", is_flag=True, help="The article's linear mixing law instead of the technique's own."
    ),
    "device": click.option(
        "--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True, help="Where torch computes."
    ),
}
"""Options that a session is opened by, in the order in which they are listed: parameter of `open_session` to option."""


class Budget(click.ParamType):  # type: ignore[type-arg]
    """A number of training spectra, or one of some words."""

    name = "budget"

    def __init__(self, *words: str) -> None:
        self._words = words

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return a word as it is, anything else as a whole number."""
        return value if value in self._words else click.IntRange(min=256).convert(value, param, ctx)


@dataclass(frozen=True)
class Opening:
    """A session that can be opened, once a command has checked what it was given."""

    options: dict[str, Any]

    def by_files(self, *files: Path | None) -> "Opening":
        """Return the opening with the technique that files are of, where none was named, and say so.

        Raises
        ------
        SettingError
            If files do not say it.
        """
        paths = [path for path in files if path is not None]
        if self.options["technique"] is not None:
            return self
        if not paths:
            raise click.UsageError("Missing option '--technique' / '-t': without a file nothing says which.")
        from specquant.session.guessing import guess_technique

        doing("looking at the files")
        guess = guess_technique(paths)
        tell(str(guess))
        return Opening({**self.options, "technique": guess.technique})

    def given(self, *names: str) -> bool:
        """Return whether any of these options was given."""
        return any(self.options[name] not in (None, ()) and self.options[name] is not False for name in names)

    @property
    def inputs(self) -> tuple[Path | str | None, ...]:
        """Files and folders among the options that are read."""
        return tuple(self.options.get(name) for name in ("model", "instrument", "library"))

    def session(self) -> "Session":
        """Open it."""
        from specquant.session import open_session

        doing(f"loading {self.options['technique']}")
        session = open_session(**self.options, command=command_line())
        doing("working")
        return session


def opens_session(*names: str, by_files: bool = False) -> Callable[[F], F]:
    """Give a command the options of these names, and ``--technique``; it is called with an `Opening` before its own.

    A command that reads files may leave the technique to them, `by_files`: see `Opening.by_files`.
    """
    options = _SESSION | ({"technique": _BY_FILES} if by_files else {})
    listed = [name for name in _SESSION if name == "technique" or name in names]

    def decorate(command: F) -> F:
        @wraps(command)
        def called(**values: Any) -> Any:
            return command(Opening({name: values.pop(name) for name in listed}), **values)

        return _with_options(called, [options[name] for name in listed])  # type: ignore[no-any-return]

    return decorate


def knows_elements(command: F) -> F:
    """Give a command the options of what is known of the elements; it gets all as one mapping, `known`."""

    @wraps(command)
    def called(*given: Any, **values: Any) -> Any:
        known = {name: values.pop(name) for name in _KNOWN}
        return command(
            *given, known={name: value for name, value in known.items() if value not in (None, ())}, **values
        )

    return _with_options(called, list(_KNOWN.values()))  # type: ignore[no-any-return]


def _with_options(command: Callable[..., Any], options: Sequence[Callable[[Any], Any]]) -> Any:
    """Give a command options, in this order."""
    for option in reversed(options):
        command = option(command)
    return command


def out_option(help_text: str, required: bool = True) -> Callable[[F], F]:
    """Return the ``--out`` option with its help text."""
    return path_option("--out", metavar="PATH", help=help_text, required=required)


def command_line() -> str:
    """Return what was typed, for the record, as it can be pasted into a shell."""
    import shlex
    import sys

    return storable(shlex.join(["specquant", *sys.argv[1:]]))


def tell_nothing_shared(session: "Session") -> None:
    """Say where spectra of the same instrument are quantified as others are."""
    if session.finder is None:
        name = session.technique.name
        tell(f"--same-instrument changes nothing: {name} finds nothing of an instrument that all its spectra share")
