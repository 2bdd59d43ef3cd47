"""What the page hears of as it happens: changes of the desk, gathered, to every page that listens."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from msgspec import json

from specquant.app.desk import Desk

_PAUSE = 0.08
"""s in which changes are gathered before they are sent: chosen, five frames of a screen, which no eye notices."""

_ALIVE = 15.0
"""s after which a page hears that the program is still there: chosen."""


class Stream:
    """Sends the desk to every page that listens, first as a whole and then what changes."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._listeners: set[asyncio.Queue[bytes]] = set()
        self._sender: asyncio.Task[None] | None = None

    def touched(self) -> None:
        """Send what changed, soon."""
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send())

    def close(self) -> None:
        """End all streams."""
        for listener in self._listeners:
            listener.put_nowait(b"")

    async def events(self) -> AsyncIterator[bytes]:
        """Yield server-sent events to one page."""
        listener: asyncio.Queue[bytes] = asyncio.Queue()
        self._listeners.add(listener)
        try:
            yield _event("all", self._desk.everything())
            while True:
                try:
                    event = await asyncio.wait_for(listener.get(), _ALIVE)
                except TimeoutError:
                    event = b": alive\n\n"
                if not event:
                    return
                yield event
        finally:
            self._listeners.discard(listener)

    async def _send(self) -> None:
        await asyncio.sleep(_PAUSE)
        event = _event("changes", self._desk.changes())
        for listener in self._listeners:
            listener.put_nowait(event)


def _event(name: str, content: Any) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + json.encode(content) + b"\n\n"
