"""Server-sent events, read from text that comes in pieces."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ServerEvent:
    event: str
    data: str
    id: str = ""

    def json(self) -> Any:
        return json.loads(self.data)


async def server_events(parts: AsyncIterator[str]) -> AsyncIterator[ServerEvent]:
    """Each event with its data; comments, which keep a quiet stream open, are left out."""
    waiting, fields, data = "", {"event": "message", "id": ""}, list[str]()
    async for part in parts:
        *lines, waiting = (waiting + part).replace("\r\n", "\n").split("\n")
        for line in lines:
            name, _, value = line.partition(":")
            if not line:
                if data:
                    yield ServerEvent(fields["event"], "\n".join(data), fields["id"])
                fields, data = {"event": "message", "id": fields["id"]}, []
            elif name == "data":
                data.append(value.removeprefix(" "))
            elif name in fields:
                fields[name] = value.removeprefix(" ")
