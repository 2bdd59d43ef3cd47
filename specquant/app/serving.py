"""``specquant app`` as a program: the process that computes, the server, and the address to open."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from itertools import chain
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from specquant.app.asking import Asking
from specquant.app.guard import Guard, new_token
from specquant.app.jobs import Jobs
from specquant.app.requests import Requests
from specquant.app.restoring import Restoring
from specquant.app.site import Site
from specquant.app.uploads import MOST_FILES, Uploads
from specquant.errors import OutputError, SpecquantError
from specquant.files import followed

HOST = "127.0.0.1"
"""The only address that is listened at: that of this machine for itself."""

_SHUTDOWN = 1
"""s that open streams have to end by themselves: chosen."""


def serve(inputs: Sequence[Path], port: int, ready: Callable[[str], None]) -> None:
    """Serve the page until the program is interrupted.

    Parameters
    ----------
    inputs
        Files and folders that lie on it from the beginning.
    port
        Where to listen; 0: at a port that is free.
    ready
        Called with the address once the page can be opened.

    Raises
    ------
    OutputError
        If the port cannot be had.
    """
    listener = _listening(port)
    jobs, uploads = Jobs(), Uploads()
    try:
        jobs.start()
        token, at = new_token(), listener.getsockname()[1]
        site = Site(jobs, uploads)

        @asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncIterator[None]:
            jobs.attach()
            for path in chain.from_iterable(map(_files_in, inputs)):
                site.open(followed(path), str(path))
            ready(f"http://{HOST}:{at}/{token}/")
            yield
            site.close()

        config = uvicorn.Config(
            Guard(_application(site, token, lifespan), token, at),
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_SHUTDOWN,
        )
        asyncio.run(_serve(_Server(config, site), listener))
    finally:
        jobs.stop()
        uploads.remove()
        listener.close()


class _Server(uvicorn.Server):
    """A server that ends the streams of open pages once it is to stop."""

    def __init__(self, config: uvicorn.Config, site: Site) -> None:
        super().__init__(config)
        self._site = site

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop."""
        self._site.stream.close()
        await super().shutdown(sockets)


async def _serve(server: uvicorn.Server, listener: socket.socket) -> None:
    await server.serve(sockets=[listener])


def _files_in(path: Path) -> Iterator[Path]:
    """Yield a file, or the files below a folder without those that systems hide."""
    if not path.is_dir():
        yield path
        return
    for below in sorted(path.rglob("*"))[:MOST_FILES]:
        if below.is_file() and not any(part.startswith(".") for part in below.relative_to(path).parts):
            yield below


def _listening(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.bind((HOST, port))
        listener.listen()  # so that a browser that comes before the server waits for it
    except OSError as error:
        listener.close()
        todo = "Choose another --port, or leave it out."
        raise OutputError("port cannot be had", where=f"{HOST}:{port}", found=error.strerror, todo=todo) from error
    return listener


def _application(site: Site, token: str, lifespan: Callable[[Starlette], object]) -> Starlette:
    package = files("specquant")  # not the rooms themselves: that would import what they compute with
    figures = StaticFiles(directory=str(package / "report" / "interactive"))
    static = StaticFiles(directory=str(package / "app" / "static"), html=True)
    routes = (*Requests(site).routes, *Asking(site).routes, *Restoring(site).routes)
    root = [*routes, Mount("/figures", figures), Mount("/", static)]
    return Starlette(
        routes=[Mount(f"/{token}", routes=root)],
        lifespan=lifespan,  # type: ignore[arg-type]
        exception_handlers={SpecquantError: _refused, HTTPException: _missing},
    )


async def _refused(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=400)


async def _missing(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(getattr(error, "detail", error))}, status_code=getattr(error, "status_code", 404))
