"""Who may reach the page: nobody but a browser on this machine that knows the token."""

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What the page may load, and from where: its own files and nothing else, no script or style within the page."""

_HEADERS = {
    "content-security-policy": POLICY,
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}

_TOKEN_BYTES = 24
"""Random bytes in the address: 192 bits, which nobody guesses."""


def new_token() -> str:
    """Return a random token for the address of the page."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


class Guard:
    """Refuses every request that is not the page's own, and gives all answers the headers that shut it off.

    A page of another origin in the same browser can send requests here: it does not know the token, its name is in the
    header Origin, and a name that was bound to this machine later (DNS rebinding) is in the header Host.

    Parameters
    ----------
    app
        What answers requests that are let through.
    token
        First part of every path.
    port
        Where it listens.
    """

    def __init__(self, app: App, token: str, port: int) -> None:
        self._app, self._token = app, token
        self._hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            refusal = self._refusal(scope)
            if refusal:
                await _refuse(send, refusal)
            else:
                await self._app(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> str:
        """Return why a request is not let through; "": it is."""
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        first = scope["path"].split("/", 2)[1:2]
        if headers.get("host", "") not in self._hosts:
            return "This address is for this machine only."
        if not first or not secrets.compare_digest(first[0].encode(), self._token.encode()):
            return "The address lacks its token: open the address that specquant app printed."
        origin = headers.get("origin")
        if origin is not None and origin not in {f"http://{host}" for host in self._hosts}:
            return "Requests of other pages are refused."
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return "Requests of other pages are refused."
        return ""


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *_raw_headers()]
        await send(message)

    return sending


def _raw_headers() -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in _HEADERS.items()]


async def _refuse(send: Send, text: str) -> None:
    plain = (b"content-type", b"text/plain; charset=utf-8")
    await send({"type": "http.response.start", "status": 403, "headers": [plain, *_raw_headers()]})
    await send({"type": "http.response.body", "body": text.encode()})
