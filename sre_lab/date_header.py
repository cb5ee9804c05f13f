"""Every answer of the lab carries the lab's time: clients compute ages from it, never from their own clock."""

from __future__ import annotations

from email.utils import formatdate

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sre_lab.clock import VirtualClock


class DateHeader:
    """Catches the clock up before each request and sets the Date header of each answer.

    The HTTP server in front of it must not send a Date of its own.
    """

    def __init__(self, app: ASGIApp, clock: VirtualClock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._clock.catch_up()

        async def send_with_date(message: Message) -> None:
            if message["type"] == "http.response.start":
                others = [(k, v) for k, v in message.get("headers", []) if k.lower() != b"date"]
                date = formatdate(self._clock.now(), usegmt=True).encode()
                message = {**message, "headers": [*others, (b"date", date)]}
            await send(message)

        await self._app(scope, receive, send_with_date)
