"""Requests of the page that save the session to one file and open it again."""

import asyncio
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from specquant.app.asking import attachment
from specquant.app.keeping import SUFFIX, Archive, packed
from specquant.app.site import Site
from specquant.errors import SpecquantError


class Restoring:
    """Saves a site's session and opens one."""

    def __init__(self, site: Site) -> None:
        self._site = site

    @property
    def routes(self) -> list[Route]:
        """Requests by their paths."""
        return [Route("/api/session", self._save), Route("/api/session", self._restore, methods=["PUT"])]

    async def _save(self, _request: Request) -> Response:
        body = await asyncio.to_thread(packed, self._site.desk, self._site.uploads.folder)
        return attachment(f"session{SUFFIX}", body)

    async def _restore(self, request: Request) -> Response:
        """Open a session beside what is there: its files are read anew, and quantified as they were set."""
        uploads = self._site.uploads
        try:
            path = await uploads.save("session", f"session{SUFFIX}", request.stream())
            try:
                count = await self._unpacked(path, request.query_params.get("name", "session"))
            finally:
                uploads.forget(path)
        except SpecquantError as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse({"files": count})

    async def _unpacked(self, path: Path, name: str) -> int:
        archive = Archive(path, name)
        mark = f"session-{len(self._site.desk.files)}-"
        try:
            unpacked = []
            for kept in archive.kept.files:
                for member in (*kept.beside, kept.member):
                    drop, below = archive.whereabouts(member)
                    lying = await self._site.uploads.save(mark + drop, below, archive.chunks(member, kept.name))
                unpacked.append((kept, lying))
        finally:
            archive.close()
        for kept, lying in unpacked:
            file = self._site.desk.add(lying, kept.name)
            self._site.begin(self._site.reopened(file, kept, archive.kept.specquant))
        return len(unpacked)
