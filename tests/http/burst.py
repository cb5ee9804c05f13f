"""A burst of alarms over loopback, from a sender that costs next to nothing: many connections, kept open."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

CONNECTIONS = 32


def storm(count: int, namespaces: int = 10) -> list[bytes]:
    """As many alarms of as many workloads, in that many namespaces; none of them exists."""
    return [_alarm(number, f"team-{number % namespaces}") for number in range(count)]


def title(number: int) -> str:
    return f"Storm{number}"


def _alarm(number: int, namespace: str) -> bytes:
    labels = {"alertname": title(number), "namespace": namespace, "deployment": f"app-{number}", "severity": "warning"}
    alert = {"status": "firing", "labels": labels, "annotations": {}, "startsAt": "2026-11-21T11:58:00Z"}
    return json.dumps({"version": "4", "status": "firing", "receiver": "sre", "alerts": [alert]}).encode()


async def send(
    url: str, bodies: Sequence[bytes], token: str, on_answer: Callable[[int], None] = lambda number: None
) -> dict[int, int]:
    """The status of each alarm that was answered, by its place; `on_answer` hears of each at once."""
    where, left, statuses = urlsplit(url), list(range(len(bodies)))[::-1], dict[int, int]()
    head = f"POST /alarms/storm HTTP/1.1\r\nHost: {where.netloc}\r\nX-Webhook-Secret: {token}\r\nContent-Length: "

    async def sender() -> None:
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        try:
            while left:
                number = left.pop()
                writer.write(f"{head}{len(bodies[number])}\r\n\r\n".encode() + bodies[number])
                statuses[number] = await _status(reader)
                on_answer(number)
        finally:
            writer.close()

    await asyncio.gather(*(sender() for _ in range(CONNECTIONS)), return_exceptions=True)
    return statuses


async def _status(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = next(
        int(line.partition(":")[2]) for line in head.splitlines() if line.lower().startswith("content-length")
    )
    await reader.readexactly(length)
    return int(head.split()[1])
