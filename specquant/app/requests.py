"""Requests of the page that change what lies on it."""

from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from specquant.app.commands import command_lines
from specquant.app.desk import File
from specquant.app.jobs import LATER, NOW
from specquant.app.regions import PhasePart, Rectangle, part_of_name
from specquant.app.settings import Settings
from specquant.app.site import Site
from specquant.errors import SettingError, SpecquantError
from specquant.typed import Count, fitted, parse_json

_MOST_REQUEST = 1 << 20
"""Bytes of a request beside files: chosen, settings for two thousand spectra."""


async def content_of(request: Request) -> dict[str, Any]:
    """Return what a request holds.

    Raises
    ------
    SettingError
        If it is not JSON, or too much.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_REQUEST:
            raise SettingError("is too long", where="request", wanted=f"at most {_MOST_REQUEST} bytes")
    try:
        return parse_json(bytes(body), dict[str, Any])
    except ValueError as error:
        raise SettingError("cannot be read", where="request", found=error) from error


class Requests:
    """What changes the files and answers of a site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    @property
    def routes(self) -> list[Route]:
        """Requests by their paths."""
        return [
            Route("/api/events", self._events),
            Route("/api/techniques", self._techniques),
            Route("/api/files", self._upload, methods=["PUT"]),
            Route("/api/remove", self._remove, methods=["POST"]),
            Route("/api/read", self._read_as, methods=["POST"]),
            Route("/api/refit", self._refit, methods=["POST"]),
            Route("/api/region", self._region, methods=["POST"]),
            Route("/api/undo", self._undo, methods=["POST"]),
            Route("/api/cancel", self._cancel, methods=["POST"]),
            Route("/api/commands", self._commands),
        ]

    async def _events(self, _request: Request) -> Response:
        return StreamingResponse(self._site.stream.events(), media_type="text/event-stream")

    async def _techniques(self, _request: Request) -> Response:
        return JSONResponse(await self._site.jobs.ask("techniques", {}, NOW))

    async def _upload(self, request: Request) -> Response:
        name, drop = request.query_params.get("name", "file"), request.query_params.get("drop", "drop")
        try:
            path = await self._site.uploads.save(drop, name, request.stream())
        except SpecquantError as error:
            return JSONResponse({"error": str(error)}, status_code=413)
        except (ClientDisconnect, OSError) as error:
            return JSONResponse({"error": f"{name}: could not be taken over ({error})"}, status_code=400)
        if request.query_params.get("beside"):
            return JSONResponse({"id": None})  # part of another file of the same drop
        return JSONResponse({"id": self._site.open(path, name).identity})

    async def _remove(self, request: Request) -> Response:
        listed = (await content_of(request)).get("files")
        for identity in listed if isinstance(listed, list) else ():
            self._site.remove(str(identity))
        return JSONResponse({})

    async def _read_as(self, request: Request) -> Response:
        """Read a file anew, as another technique or with other instrument parameters."""
        content = await content_of(request)
        file, settings = self._site.desk.file(str(content.get("file"))), Settings.of(content.get("settings", {}))
        if file is not None:
            self._site.begin(self._site.opened(file, settings))
        return JSONResponse({})

    async def _refit(self, request: Request) -> Response:
        """Quantify spectra with other settings: the first before the reply, the others as they are there."""
        content = await content_of(request)
        settings, spots = Settings.of(content.get("settings", {})), self._site.spots(content.get("spots", ()))
        for spot in spots[1:]:
            self._site.begin(self._site.refitted(spot, settings, LATER))
        if spots:
            await self._site.refitted(spots[0], settings, NOW)
        return JSONResponse({"error": spots[0].error if spots else "the spectrum was removed"})

    async def _region(self, request: Request) -> Response:
        """Quantify a rectangle or a phase of a map as one spectrum, with the settings of another one."""
        content = await content_of(request)
        spots = self._site.spots((content.get("spot"),))
        file = self._site.desk.file(spots[0].file) if spots else None
        if file is None or file.shape is None or not spots[0].answers:
            return JSONResponse({"error": "the map was removed"})
        spot = self._site.desk.region(file, _part(content, file))
        if not spot.answers:
            await self._site.refitted(spot, Settings.of(spots[0].answers[-1]["settings"]), NOW)
        return JSONResponse({"id": spot.identity, "error": spot.error})

    async def _undo(self, request: Request) -> Response:
        spots = self._site.spots((await content_of(request)).get("spots", ()))
        undone = [self._site.desk.undo(spot) for spot in spots]
        self._site.stream.touched()
        return JSONResponse({"undone": sum(undone)})

    async def _cancel(self, _request: Request) -> Response:
        self._site.jobs.cancel()
        return JSONResponse({})

    async def _commands(self, _request: Request) -> Response:
        return JSONResponse({"commands": command_lines(self._site.desk.files)})


def _part(content: dict[str, Any], file: File) -> str:
    """Return the name of the part of a map that a request is about."""
    phase = content.get("phase")
    if isinstance(phase, str):
        if not isinstance(part_of_name(phase, file.technique), PhasePart):
            raise SettingError("is not a phase of the map", where="region", found=phase)
        return phase
    rows, columns = (
        _span(content.get(name), most) for name, most in zip(("rows", "columns"), file.shape or (1, 1), strict=True)
    )
    return Rectangle(rows, columns).name


def _span(content: Any, most: int) -> tuple[int, int]:
    """Return first and last of some rows or columns of a map that has `most`."""
    try:
        first, last = sorted(fitted(content, tuple[Count, Count]))
    except ValueError as error:
        raise SettingError("is not a span of a map", where="region", found=error) from error
    return min(first, most - 1), min(last, most - 1)
