"""What the page can ask for: the requests, and what is done about each."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec import DecodeError, json
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from specquant.app.commands import command_lines
from specquant.app.desk import CANCELLED, FAILED, READY, WORKING, Desk, File, Spot
from specquant.app.jobs import LATER, NOW, JobCancelled, JobError, Jobs
from specquant.app.settings import Settings
from specquant.app.stream import Stream
from specquant.app.uploads import Uploads
from specquant.errors import SettingError, SpecquantError

_MOST_REQUEST = 1 << 20
"""Bytes of a request that is no file: chosen, settings for two thousand spectra."""


class Site:
    """One session of the page: the desk, the queue of work, and the requests that change them."""

    def __init__(self, jobs: Jobs, uploads: Uploads) -> None:
        self.jobs, self.uploads = jobs, uploads
        self.desk = Desk()
        self.stream = Stream(self.desk)
        self._tasks: set[asyncio.Task[None]] = set()

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
            Route("/api/undo", self._undo, methods=["POST"]),
            Route("/api/cancel", self._cancel, methods=["POST"]),
            Route("/api/commands", self._commands),
        ]

    def open(self, path: Path, name: str, settings: Settings | None = None) -> File:
        """Put a file on the desk and read it in the background."""
        file = self.desk.add(path, name)
        self._begin(self._opened(file, settings or Settings()))
        return file

    def close(self) -> None:
        """End what runs in the background."""
        self.stream.close()
        for task in self._tasks:
            task.cancel()

    def spots(self, identities: Iterable[Any]) -> list[Spot]:
        """Return spectra by their names, without those that were removed."""
        spots = (self.desk.spot(str(identity)) for identity in identities)
        return [spot for spot in spots if spot is not None]

    async def content(self, request: Request) -> dict[str, Any]:
        """Return what a request holds.

        Raises
        ------
        SettingError
            If it is no JSON, or too much.
        """
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MOST_REQUEST:
                raise SettingError("is too long", where="request", wanted=f"at most {_MOST_REQUEST} bytes")
        try:
            return json.decode(body, type=dict[str, Any])
        except DecodeError as error:
            raise SettingError("cannot be read", where="request", found=error) from error

    def _begin(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.stream.touched()

    async def _opened(self, file: File, settings: Settings) -> None:
        """Read a file and quantify what is in it; its answers come one by one."""

        def part(content: dict[str, Any]) -> None:
            if "samples" in content:
                self.desk.opened(file, content)
            else:
                spot = next(spot for spot in file.spots if spot.sample == content["label"])
                self.desk.answered(spot, content)
            self.stream.touched()

        def begun() -> None:
            self.desk.status(file, WORKING)
            self.stream.touched()

        target = {"path": str(file.path), "name": file.name, "settings": settings.plain()}
        try:
            await self.jobs.ask("open", target, LATER, part, begun)
            self.desk.status(file, READY)
        except JobCancelled:
            self.desk.status(file, CANCELLED, "cancelled before it was done")
        except JobError as error:
            self.desk.status(file, FAILED, str(error))
        self.stream.touched()

    async def _events(self, _request: Request) -> Response:
        return StreamingResponse(self.stream.events(), media_type="text/event-stream")

    async def _techniques(self, _request: Request) -> Response:
        return JSONResponse(await self.jobs.ask("techniques", {}, NOW))

    async def _upload(self, request: Request) -> Response:
        name, drop = request.query_params.get("name", "file"), request.query_params.get("drop", "drop")
        try:
            path = await self.uploads.save(drop, name, request.stream())
        except SpecquantError as error:
            return JSONResponse({"error": str(error)}, status_code=413)
        except (ClientDisconnect, OSError) as error:
            return JSONResponse({"error": f"{name}: could not be taken over ({error})"}, status_code=400)
        return JSONResponse({"id": self.open(path, name).identity})

    async def _remove(self, request: Request) -> Response:
        for identity in (await self.content(request)).get("files", ()):
            file = self.desk.remove(str(identity))
            if file is not None and self.uploads.folder in file.path.parents:
                self.uploads.forget(file.path)
        self.stream.touched()
        return JSONResponse({})

    async def _read_as(self, request: Request) -> Response:
        """Read a file anew, as another technique or with other instrument parameters."""
        content = await self.content(request)
        file, settings = self.desk.file(str(content.get("file"))), Settings.of(content.get("settings", {}))
        if file is not None:
            self._begin(self._opened(file, settings))
        return JSONResponse({})

    async def _refit(self, request: Request) -> Response:
        """Quantify spectra with other settings; the first answer comes with the reply, the others as they are there."""
        content = await self.content(request)
        settings, spots = Settings.of(content.get("settings", {})), self.spots(content.get("spots", ()))
        for spot in spots[1:]:
            self._begin(self._refitted(spot, settings, LATER))
        if spots:
            await self._refitted(spots[0], settings, NOW)
        return JSONResponse({"error": spots[0].error if spots else "the spectrum was removed"})

    async def _refitted(self, spot: Spot, settings: Settings, urgency: int) -> None:
        try:
            self.desk.answered(spot, await self.jobs.ask("answer", self.desk.target(spot, settings), urgency))
        except JobError as error:
            self.desk.refused(spot, str(error))
        self.stream.touched()

    async def _undo(self, request: Request) -> Response:
        undone = [self.desk.undo(spot) for spot in self.spots((await self.content(request)).get("spots", ()))]
        self.stream.touched()
        return JSONResponse({"undone": sum(undone)})

    async def _cancel(self, _request: Request) -> Response:
        self.jobs.cancel()
        return JSONResponse({})

    async def _commands(self, _request: Request) -> Response:
        return JSONResponse({"commands": command_lines(self.desk.files)})
