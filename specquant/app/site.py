"""What the page can ask for: the requests, and what is done about each."""

import asyncio
import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec import DecodeError, json
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from specquant.app.commands import command_lines
from specquant.app.desk import CANCELLED, FAILED, READY, WORKING, Desk, File, Spot
from specquant.app.jobs import LATER, NOW, SOON, JobCancelled, JobError, Jobs
from specquant.app.keeping import SUFFIX, Archive, KeptFile, moved, packed
from specquant.app.settings import Settings
from specquant.app.stream import Stream
from specquant.app.uploads import Uploads
from specquant.errors import SettingError, SpecquantError

_MOST_REQUEST = 1 << 20
"""Bytes of a request that is no file: chosen, settings for two thousand spectra."""

_REASONS = ("evidence", "lime", "reads")
"""Kinds of reasons for an answer: its lines, windows by LIME, and where the network reads each element."""


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
            Route("/api/figure", self._figure, methods=["POST"]),
            Route("/api/why/{kind}", self._why, methods=["POST"]),
            Route("/api/export/{format}", self._export, methods=["POST"]),
            Route("/api/session", self._save),
            Route("/api/session", self._restore, methods=["PUT"]),
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

    async def _figure(self, request: Request) -> Response:
        """Return the figure of one spectrum, or of several over each other."""
        spots = self.spots((await self.content(request)).get("spots", ()))
        return await self._asked("figure", {"targets": [self._target(spot) for spot in spots if spot.answers]})

    async def _why(self, request: Request) -> Response:
        """Return the reasons for an answer, by their kind."""
        kind = request.path_params["kind"]
        spots = self.spots((await self.content(request)).get("spots", ()))
        if kind not in _REASONS or not spots or not spots[0].answers:
            raise SettingError("there are no such reasons", where=kind, wanted=", ".join(_REASONS))
        return await self._asked(kind, self._target(spots[0]), NOW if kind == "evidence" else SOON)

    async def _asked(self, kind: str, content: dict[str, Any], urgency: int = NOW) -> Response:
        try:
            return Response(json.encode(await self.jobs.ask(kind, content, urgency)), media_type="application/json")
        except JobError as error:
            return JSONResponse({"error": str(error)}, status_code=400)

    def _target(self, spot: Spot) -> dict[str, Any]:
        file = self.desk.file(spot.file)
        alone = file is None or len(file.spots) == 1
        target = self.desk.target(spot)
        return target | {"title": target["name"] if alone else f"{target['name']} {spot.sample}"}

    async def _export(self, request: Request) -> Response:
        """Return answers as a file; several files come as one zip."""
        kind = request.path_params["format"]
        chosen = (await self.content(request)).get("spots")
        every = [spot for file in self.desk.files for spot in file.spots]
        spots = [spot for spot in (every if chosen is None else self.spots(chosen)) if spot.answers]
        with TemporaryDirectory(prefix="specquant-export-") as folder:
            content = {
                "targets": [self._target(spot) for spot in spots],
                "format": kind,
                "folder": folder,
                "commands": " && ".join(command_lines(self.desk.files)),
            }
            try:
                paths = [Path(path) for path in await self.jobs.ask("export", content)]
            except JobError as error:
                return JSONResponse({"error": str(error)}, status_code=400)
            name, body = await asyncio.to_thread(_together, paths)
        return Response(body, media_type="application/octet-stream", headers=_attached(name))

    async def _save(self, _request: Request) -> Response:
        body = await asyncio.to_thread(packed, self.desk, self.uploads.folder)
        return Response(body, media_type="application/octet-stream", headers=_attached(f"session{SUFFIX}"))

    async def _restore(self, request: Request) -> Response:
        """Open a session: its files are read anew, and quantified as they were set."""
        try:
            path = await self.uploads.save("session", f"session{SUFFIX}", request.stream())
            try:
                restored = await self._unpacked(path, request.query_params.get("name", "session"))
            finally:
                self.uploads.forget(path)
        except SpecquantError as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse({"files": restored})

    async def _unpacked(self, path: Path, name: str) -> int:
        archive = Archive(path, name)
        mark = f"{len(self.desk.files)}-"
        try:
            for kept in archive.kept.files:
                drop, below = archive.place_of(kept)
                unpacked = await self.uploads.save(mark + drop, below, archive.chunks(kept))
                file = self.desk.add(unpacked, kept.name)
                self._begin(self._reopened(file, kept, archive.kept.specquant))
        finally:
            archive.close()
        return len(archive.kept.files)

    async def _reopened(self, file: File, kept: KeptFile, since: str) -> None:
        """Read a file of a session, set each spectrum as it was, and say what came out otherwise than then."""
        await self._opened(file, Settings(kept.technique))
        before = {one.sample: one for one in kept.spectra}
        for spot in file.spots:
            if spot.sample in before and spot.answers:
                if Settings.of(spot.answers[-1]["settings"]) != before[spot.sample].settings:
                    await self._refitted(spot, before[spot.sample].settings, LATER)
                text = moved(before[spot.sample], spot.answers[-1], since)
                if text:
                    spot.answers[-1]["notes"].insert(0, {"kind": "changed", "text": text})
        self.desk.status(file, file.status, file.message)
        self.stream.touched()


def _together(paths: Sequence[Path]) -> tuple[str, bytes]:
    """Return name and content of one file, or of a zip of several."""
    if len(paths) == 1:
        return paths[0].name, paths[0].read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            archive.write(path, path.name)
    return "specquant.zip", buffer.getvalue()


def _attached(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"'}
