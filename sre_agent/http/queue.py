"""The queue over HTTP: what waits, and dead letters, which an admin delivers again or drops."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from sre_agent.domain.message import MessageKind
from sre_agent.errors import AbsentError
from sre_agent.http.callers import Admin, Viewer
from sre_agent.http.idempotency import KeyedRoute
from sre_agent.http.service import Service
from sre_agent.store.contract.messages import MessageState

router: Final = APIRouter(prefix="/queue", tags=["queue"], route_class=KeyedRoute)


class QueuedView(BaseModel):
    """`id` names the message; `why` says why it is a dead letter."""

    id: str
    kind: MessageKind
    incident: str
    state: MessageState
    due: datetime
    deliveries: int
    why: str


class QueuePage(BaseModel):
    """`next` is the cursor of the page after this one; empty on the last."""

    messages: list[QueuedView]
    next: str = ""


@router.get("")
async def list_messages(
    request: Request,
    caller: Viewer,
    state: MessageState | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: Annotated[str, Query(max_length=100, description="cursor: `next` of the previous page")] = "",
) -> QueuePage:
    """In the order in which they are due."""
    service: Service = request.app.state.service
    messages = await service.store.messages(state, limit=limit + 1, after=after)
    views = [
        QueuedView(
            id=one.message.dedup,
            kind=one.message.kind,
            incident=one.message.incident,
            state=one.state,
            due=one.due,
            deliveries=one.times,
            why=one.why,
        )
        for one in messages[:limit]
    ]
    return QueuePage(messages=views, next=messages[limit - 1].cursor if len(messages) > limit else "")


@router.post("/{message_id}/redrive", status_code=204)
async def redrive(request: Request, message_id: str, caller: Admin) -> None:
    """Deliver a dead letter again. If its incident has ended, its signals open a new one."""
    service: Service = request.app.state.service
    if not await service.responder.redrive(message_id):
        raise AbsentError(f"No such dead letter: {message_id!r}. GET /queue?state=dead lists them.")


@router.delete("/{message_id}", status_code=204)
async def drop(request: Request, message_id: str, caller: Admin) -> None:
    """Remove a waiting message or a dead letter for good."""
    service: Service = request.app.state.service
    if not await service.store.drop_message(message_id):
        raise AbsentError(f"No such waiting message or dead letter: {message_id!r}. GET /queue lists them.")
