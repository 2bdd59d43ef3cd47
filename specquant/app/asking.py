"""Requests of the page that change nothing: figures, reasons, and files to save."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec import json
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from specquant.app.commands import command_lines
from specquant.app.jobs import NOW, SOON, JobError
from specquant.app.requests import content_of
from specquant.app.site import Site
from specquant.errors import SettingError

_REASONS = ("evidence", "lime", "reads")
"""Kinds of reasons for an answer: its lines, windows by LIME, and where the network reads each element."""

_SHOWN = ("view", "difference", "alike", "along")
"""What a request says of the picture that it wants: the view of the page, and what is chosen in it."""


class Asking:
    """What is worked out for the page and not kept."""

    def __init__(self, site: Site) -> None:
        self._site = site

    @property
    def routes(self) -> list[Route]:
        """Requests by their paths."""
        return [
            Route("/api/figure", self._figure, methods=["POST"]),
            Route("/api/map", self._map, methods=["POST"]),
            Route("/api/why/{kind}", self._why, methods=["POST"]),
            Route("/api/export/{format}", self._export, methods=["POST"]),
        ]

    async def _figure(self, request: Request) -> Response:
        """Return the figure of one spectrum, or of several over each other."""
        spots = self._site.spots((await content_of(request)).get("spots", ()))
        return await self._asked("figure", {"targets": [self._site.target(spot) for spot in spots if spot.answers]})

    async def _map(self, request: Request) -> Response:
        """Return how far a map is, line by line, and at last its images, or why there are none.

        A page that closes the connection ends the work.
        """
        spots = self._site.spots((await content_of(request)).get("spots", ()))
        if not spots or not spots[0].answers:
            raise SettingError("was removed", where="map")
        return StreamingResponse(self._told("map", self._site.target(spots[0])), media_type="application/x-ndjson")

    async def _told(self, kind: str, content: dict[str, Any]) -> AsyncIterator[bytes]:
        parts: asyncio.Queue[Any] = asyncio.Queue()
        work = asyncio.ensure_future(self._site.jobs.ask(kind, content, SOON, parts.put_nowait))
        work.add_done_callback(lambda _: parts.put_nowait(None))
        try:
            while (part := await parts.get()) is not None:
                yield json.encode({"part": part}) + b"\n"
            yield json.encode({"answer": work.result()})
        except JobError as error:
            yield json.encode({"error": str(error)})
        finally:
            work.cancel()

    async def _why(self, request: Request) -> Response:
        """Return the reasons for an answer, by their kind."""
        kind = request.path_params["kind"]
        spots = self._site.spots((await content_of(request)).get("spots", ()))
        if kind not in _REASONS or not spots or not spots[0].answers:
            raise SettingError("there are no such reasons", where=kind, wanted=", ".join(_REASONS))
        return await self._asked(kind, self._site.target(spots[0]), NOW if kind == "evidence" else SOON)

    async def _asked(self, kind: str, content: dict[str, Any], urgency: int = NOW) -> Response:
        try:
            answer = await self._site.jobs.ask(kind, content, urgency)
        except JobError as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return Response(json.encode(answer), media_type="application/json")

    async def _export(self, request: Request) -> Response:
        """Return answers as a file; several files come as one zip."""
        asked = await content_of(request)
        spots = self._site.spots(asked.get("spots"))
        with TemporaryDirectory(prefix="specquant-export-") as folder:
            content = {
                "targets": [self._site.target(spot) for spot in spots if spot.answers],
                "unused": self._site.unused() if asked.get("spots") is None else [],
                "format": request.path_params["format"],
                "folder": folder,
                "command": " && ".join(command_lines(self._site.desk.files)),
                **{name: asked[name] for name in _SHOWN if name in asked},
            }
            try:
                paths = [Path(path) for path in await self._site.jobs.ask("export", content)]
            except JobError as error:
                return JSONResponse({"error": str(error).replace(f"{folder}/", "")}, status_code=400)
            name, body = await asyncio.to_thread(_together, paths)
        return attachment(name, body)


def attachment(name: str, body: bytes) -> Response:
    """Return a file to save under a name."""
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type="application/octet-stream", headers=headers)


def _together(paths: Sequence[Path]) -> tuple[str, bytes]:
    """Return name and content of one file, or of a zip of several."""
    if len(paths) == 1:
        return paths[0].name, paths[0].read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            archive.write(path, path.name)
    return "specquant.zip", buffer.getvalue()
