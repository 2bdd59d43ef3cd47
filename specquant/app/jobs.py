"""What is to be worked out: what a person waits for comes before what is for later, and between its parts."""

import asyncio
import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from specquant.app.worker import ENDED, Answer, Worker

NOW, SOON, LATER = 0, 1, 2
"""How urgent a job is: somebody waits for it, somebody asked for it and goes on, or it is one of many."""

_CRASHED = "the process that computes ended unexpectedly (out of memory?); it was started again"


class JobError(Exception):
    """A job has no result; the message says why."""


class CancelledJobError(JobError):
    """A job was cancelled."""


@dataclass(order=True)
class _Job:
    urgency: int
    number: int
    kind: str = field(compare=False)
    content: dict[str, Any] = field(compare=False)
    part: Callable[[Any], None] = field(compare=False)
    begun: Callable[[], None] = field(compare=False)
    done: "asyncio.Future[Any]" = field(compare=False)


class Jobs:
    """A queue before the process that computes; it belongs to one event loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._worker = Worker(self._heard)
        self._running = False
        self._waiting: list[_Job] = []
        self._sent: dict[int, _Job] = {}
        self._count = 0

    def start(self) -> None:
        """Start the process, before there is an event loop: it takes seconds until it can answer."""
        self._running = True
        self._worker.start()

    def attach(self) -> None:
        """Let answers come to the event loop that runs."""
        self._loop = asyncio.get_running_loop()

    def stop(self) -> None:
        """End the process."""
        self._running = False
        self._worker.stop()

    async def ask(
        self,
        kind: str,
        content: dict[str, Any],
        urgency: int = NOW,
        part: Callable[[Any], None] = lambda _: None,
        begun: Callable[[], None] = lambda: None,
    ) -> Any:
        """Return the answer to a request.

        Parameters
        ----------
        kind, content
            As of `specquant.app.bench.Bench.answer`.
        urgency
            NOW, SOON or LATER.
        part
            Called with every part of the answer that comes before the whole.
        begun
            Called when the job is begun.

        Raises
        ------
        JobError
            If there is none, with the reason; CancelledJobError if it was cancelled.

        Who asked no longer waits once the task is cancelled: then the work ends, too.
        """
        self._count += 1
        done = asyncio.get_running_loop().create_future()
        job = _Job(urgency, self._count, kind, content, part, begun, done)
        heapq.heappush(self._waiting, job)
        self._next()
        try:
            return await done
        except asyncio.CancelledError:
            self._withdraw(job)
            raise

    def cancel(self) -> None:
        """Cancel all that nobody waits for: what is queued, and what is being worked on."""
        for job in [job for job in self._waiting if job.urgency == LATER]:
            _fail(job, CancelledJobError("cancelled"))
        self._waiting = [job for job in self._waiting if job.urgency != LATER]
        heapq.heapify(self._waiting)
        for job in self._sent.values():
            if job.urgency == LATER:
                self._worker.cancel(job.number)

    def _withdraw(self, job: _Job) -> None:
        """End one job that nobody waits for any more."""
        if job in self._waiting:
            self._waiting.remove(job)
            heapq.heapify(self._waiting)
        elif job.number in self._sent:
            self._worker.cancel(job.number)

    def _next(self) -> None:
        """Send the next job, if the process has none; or one that somebody waits for, beside one that can wait."""
        if not self._waiting:
            return
        first = self._waiting[0]
        if self._sent and not (first.urgency == NOW and all(job.urgency > NOW for job in self._sent.values())):
            return
        if not self._running:
            self.start()
        job = heapq.heappop(self._waiting)
        self._sent[job.number] = job
        job.begun()
        self._worker.ask(job.number, job.kind, job.content)

    def _heard(self, answer: Answer) -> None:
        """Pass an answer on to the event loop; called in a thread of the worker's."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._take, answer)

    def _take(self, answer: Answer) -> None:
        number, what, content = answer
        if what == ENDED:
            self._running = False
            sent, self._sent = self._sent, {}
            for job in sent.values():
                _fail(job, JobError(_CRASHED))
        elif number in self._sent:
            self._answered(number, what, content)
        self._next()

    def _answered(self, number: int, what: str, content: Any) -> None:
        """Pass on what was said of a job."""
        if what == "part":
            self._sent[number].part(content)
            return
        job = self._sent.pop(number)
        if what == "done":
            if not job.done.done():
                job.done.set_result(content)
        else:
            _fail(job, CancelledJobError("cancelled") if what == "cancelled" else JobError(content))


def _fail(job: _Job, error: JobError) -> None:
    if not job.done.done():
        job.done.set_exception(error)
