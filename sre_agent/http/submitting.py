"""Signals that come in by HTTP become incidents, as long as the queue has room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fastapi import Response
from pydantic import BaseModel

from sre_agent.domain.incident import Incident
from sre_agent.domain.signal import Signal
from sre_agent.errors import TemporaryError
from sre_agent.http.service import Service

BUSY_SECONDS: Final = 30.0  # after which to try again where too much waits


class Submission(BaseModel):
    """`task_id` is the first incident; `incidents` are all that the request opened or was attached to."""

    task_id: str
    status_url: str
    events_url: str
    incidents: list[str]


async def submit(service: Service, signals: Sequence[Signal]) -> list[Incident]:
    """The incidents that the signals belong to.

    Raises TemporaryError while more waits than this installation wants to keep waiting.
    """
    if waiting := await service.alarms.room.messages_over():
        raise TemporaryError(
            f"{waiting} messages are waiting; nothing was accepted. Retry in {BUSY_SECONDS:.0f} s.",
            retry_after=BUSY_SECONDS,
        )
    service.alarms.room.add(len(signals))
    incidents = {incident.id: incident for incident in [(await service.responder.submit(one))[0] for one in signals]}
    return list(incidents.values())


def accepted(incidents: Sequence[Incident], response: Response, *, after: int | None = None) -> Submission:
    """`after`: the last event before the request, where only what it causes is of interest."""
    first = incidents[0].id
    status_url = f"/incidents/{first}"
    response.headers["location"] = status_url
    return Submission(
        task_id=first,
        status_url=status_url,
        events_url=f"{status_url}/events" + (f"?after={after}" if after is not None else ""),
        incidents=[one.id for one in incidents],
    )
