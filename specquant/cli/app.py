"""``specquant app``: the page in the browser."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import click

from specquant.cli.printing import say


@click.command("app")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Port of the page.  [default: any]")
@click.option("--browser/--no-browser", default=True, help="Whether to open the page in the browser.")
def command(files: tuple[Path, ...], port: int, browser: bool) -> None:
    """Open a page on which spectra are dropped, quantified, adjusted and compared.

    FILES and folders lie on it from the beginning. The page is for this machine alone: it is served at 127.0.0.1 under
    an address with a secret, needs no internet, and no spectrum leaves the machine. Ctrl-C ends it. Needs: pip install
    "specquant[app]".
    """
    serve = _server()

    def ready(address: str) -> None:
        say(f"specquant app: {address}", "Ctrl-C ends it; nobody else can open that address.")
        if browser:
            import webbrowser
            from threading import Thread

            Thread(target=webbrowser.open, args=(address,), daemon=True).start()  # some browsers take seconds

    with suppress(KeyboardInterrupt):  # is how it is ended
        serve(files, port, ready)


def _server() -> Callable[[Sequence[Path], int, Callable[[str], None]], None]:
    from specquant.errors import SettingError

    try:
        from specquant.app.serving import serve
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("specquant"):
            raise
        raise SettingError(
            "needs what comes with an extra",
            where="specquant app",
            found=f"no module {error.name}",
            todo='Install it with: pip install "specquant[app]"',
        ) from error
    return serve
