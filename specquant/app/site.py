"""One session of the page: the desk, the queue of work, and what happens to files and spectra."""

import asyncio
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import Any

from specquant.app.desk import CANCELLED, FAILED, READY, WORKING, Desk, File, Spot
from specquant.app.jobs import LATER, CancelledJobError, JobError, Jobs
from specquant.app.keeping import KeptFile, moved
from specquant.app.settings import Settings
from specquant.app.stream import Stream
from specquant.app.uploads import Uploads, beside


class Site:
    """One session of the page.

    Parameters
    ----------
    jobs
        What works out answers.
    uploads
        Where files from the page lie.
    """

    def __init__(self, jobs: Jobs, uploads: Uploads) -> None:
        self.jobs, self.uploads = jobs, uploads
        self.desk = Desk()
        self.stream = Stream(self.desk)
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something in the background."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.stream.touched()

    def close(self) -> None:
        """End what runs in the background."""
        self.stream.close()
        for task in self._tasks:
            task.cancel()

    def open(self, path: Path, name: str) -> File:
        """Put a file on the desk, and read it in the background."""
        file = self.desk.add(path, name)
        self.begin(self.opened(file, Settings()))
        return file

    def remove(self, identity: str) -> None:
        """Take a file off the desk; one that was uploaded is gone then."""
        file = self.desk.remove(identity)
        if file is not None and self.uploads.folder in file.path.parents:
            for path in (file.path, *beside(file.path)):
                self.uploads.forget(path)
        self.stream.touched()

    def spots(self, identities: Iterable[Any] | None) -> list[Spot]:
        """Return spectra by their names, without those that were removed; None: all that have an answer."""
        if identities is None:
            return [spot for file in self.desk.files for spot in file.spots if spot.answers]
        spots = (self.desk.spot(str(identity)) for identity in identities)
        return [spot for spot in spots if spot is not None]

    def unused(self) -> list[dict[str, str]]:
        """Return the files that could not be used, each with its reason, and its technique where that is known."""
        failed = (file for file in self.desk.files if file.status == FAILED)
        return [{"file": file.name, "reason": file.message, "technique": file.technique} for file in failed]

    def target(self, spot: Spot) -> dict[str, Any]:
        """Return what the process that computes has to know of a spectrum, with a title for people."""
        file, target = self.desk.file(spot.file), self.desk.target(spot)
        alone = file is None or (len(file.spots) == 1 and file.shape is None)
        return target | {"title": target["name"] if alone else f"{target['name']} {spot.sample}"}

    async def opened(self, file: File, settings: Settings) -> None:
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
        except CancelledJobError:
            self.desk.status(file, CANCELLED, "cancelled before it was done")
        except JobError as error:
            self.desk.status(file, FAILED, str(error))
        self.stream.touched()

    async def refitted(self, spot: Spot, settings: Settings, urgency: int) -> None:
        """Quantify a spectrum with other settings; where that gives no answer, the last one stays."""
        try:
            self.desk.answered(spot, await self.jobs.ask("answer", self.desk.target(spot, settings), urgency))
        except JobError as error:
            self.desk.refused(spot, str(error))
        self.stream.touched()

    async def reopened(self, file: File, kept: KeptFile, since: str) -> None:
        """Read a file of a saved session, set each spectrum as it was, and note what came out otherwise than then."""
        await self.opened(file, Settings(kept.technique))
        before = {one.sample: one for one in kept.spectra}
        for one in kept.spectra if file.shape else ():
            await self.refitted(self.desk.region(file, one.sample), one.settings, LATER)
        for spot in (spot for spot in file.spots if spot.sample in before and spot.answers):
            if Settings.of(spot.answers[-1]["settings"]) != before[spot.sample].settings:
                await self.refitted(spot, before[spot.sample].settings, LATER)
            text = moved(before[spot.sample], spot.answers[-1], since)
            if text:
                self.desk.noted(spot, "changed", text)
        self.stream.touched()
