"""Live progress as server-sent events, of one incident or of all, whichever process runs them.

An event's id is its place in the store: a client that was cut off says the last one it saw and misses nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from sre_agent.http.callers import Viewer
from sre_agent.http.service import Service

router: Final = APIRouter(tags=["progress"])
POLL_SECONDS: Final = 0.25
PING_SECONDS: Final = 15  # comments that keep proxies from closing a quiet stream
LARGEST: Final = 2**63 - 1  # that the store counts to
After = Annotated[
    int | None,
    Query(
        ge=0, le=LARGEST, description="id of the last event that you have seen; the header Last-Event-ID does the same"
    ),
]
LastSeen = Annotated[str, Header(max_length=20)]


@router.get("/incidents/{incident_id}/events", response_class=EventSourceResponse)
async def of_incident(
    request: Request, incident_id: str, caller: Viewer, after: After = None, last_event_id: LastSeen = ""
) -> EventSourceResponse:
    """Stream the events of an incident, from its beginning (or after a given event) to its end."""
    service: Service = request.app.state.service
    incident = await service.responder.incident(incident_id)
    events = _events(service, incident.id, _start(after, last_event_id))
    return EventSourceResponse(events, ping=PING_SECONDS)


@router.get("/events", response_class=EventSourceResponse)
async def of_all(
    request: Request, caller: Viewer, after: After = None, last_event_id: LastSeen = ""
) -> EventSourceResponse:
    """Stream the events of all incidents, from now on or after a given event. The stream does not end."""
    service: Service = request.app.state.service
    start = _start(after, last_event_id)
    first = await service.store.last_event() if start is None else start
    return EventSourceResponse(_events(service, None, first), ping=PING_SECONDS)


def _start(after: int | None, last_event_id: str) -> int | None:
    """A header that is no number of an event says nothing."""
    if after is not None:
        return after
    is_number = last_event_id.isascii() and last_event_id.isdigit()
    return int(last_event_id) if is_number and int(last_event_id) <= LARGEST else None


async def _events(service: Service, incident: str | None, after: int | None) -> AsyncIterator[ServerSentEvent]:
    last_seq = after or 0
    while True:
        events = await service.store.events(incident, after=last_seq)
        for one in events:
            last_seq = one.seq
            yield ServerSentEvent(one.event.model_dump_json(), event=one.event.kind, id=str(one.seq))
            if incident is not None and one.event.kind == "incident.ended":
                return
        if not events:
            await asyncio.sleep(POLL_SECONDS)
