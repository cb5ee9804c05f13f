"""How segment documents arrive: over UDP as a daemon takes them, and by PutTraceSegments as a daemon sends them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from sre_lab.world import World

Params = dict[str, Any]
NEEDED = ("id", "trace_id", "name", "start_time")


class XrayDaemon(asyncio.DatagramProtocol):
    """Takes `{"format": "json", "version": 1}`, a newline and one segment document, as SDKs send it to a daemon.

    A datagram of another form is dropped without an answer, as a daemon does.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def datagram_received(self, data: bytes, address: Any) -> None:
        header, _, body = data.partition(b"\n")
        try:
            is_json = json.loads(header).get("format") == "json"
            document = json.loads(body)
        except (ValueError, AttributeError):
            return
        if is_json and isinstance(document, dict):
            self._world.segments.append(document)


async def listen(world: World) -> tuple[asyncio.DatagramTransport, int]:
    """Listen on a free loopback port; answers the transport, to be closed by the caller, and the port."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: XrayDaemon(world), local_addr=("127.0.0.1", 0))
    return transport, transport.get_extra_info("sockname")[1]


def put_trace_segments(world: World, params: Params) -> Params:
    """Keep each document that is a segment; the others are named with what is wrong with them."""
    refused = []
    for text in params["TraceSegmentDocuments"]:
        try:
            document = json.loads(text)
            missing = [key for key in NEEDED if key not in document]
        except (ValueError, TypeError) as problem:
            refused.append({"ErrorCode": "ParseError", "Message": f"The document is not JSON: {problem}"})
            continue
        if missing:
            message = f"The document lacks {', '.join(missing)}."
            refused.append({"Id": str(document.get("id", "")), "ErrorCode": "MissingField", "Message": message})
        else:
            world.segments.append(document)
    return {"UnprocessedTraceSegments": refused}


def put_telemetry_records(world: World, params: Params) -> Params:
    """What a daemon tells of itself; nobody asks for it."""
    return {}
