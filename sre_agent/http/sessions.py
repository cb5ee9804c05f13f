"""Questions about the live system over HTTP. A conversation is a session: opened by its first question or before it,
kept with its turns, and taken up again after a restart."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Path, Query, Request
from pydantic import BaseModel, Field
from sse_starlette import EventSourceResponse

from sre_agent.chat import ChatReply
from sre_agent.chat_sessions import TurnFollower
from sre_agent.domain.chat_session import ChatSession
from sre_agent.errors import AbsentError
from sre_agent.http.callers import Operator, Viewer
from sre_agent.http.idempotency import KeyedRoute
from sre_agent.http.service import Service
from sre_agent.http.turns import ChatAnswer, decision_rights, streamed

router: Final = APIRouter(prefix="/sessions", tags=["questions"], route_class=KeyedRoute)
SessionId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{8,100}$", description="8 to 100 letters, digits, - and _")]
MOST: Final = 200  # sessions or turns of one page
STREAM: Final = "text/event-stream"


class SessionView(BaseModel):
    session: str
    opened_by: str
    opened_at: datetime
    last_at: datetime
    turns: int


class SessionPage(BaseModel):
    """`next` is the cursor of the page after this one; empty on the last."""

    sessions: list[SessionView]
    next: str = ""


class TurnView(BaseModel):
    number: int
    at: datetime
    by: str
    question: str
    reply: ChatReply


class SessionWithTurns(SessionView):
    """`conversation` are its turns, oldest first; `next` is the number after which the next page begins, 0 on the
    last."""

    conversation: list[TurnView]
    next: int = 0


class ChatQuestion(BaseModel):
    """`decides`: the caller answers approval questions while the answer comes, so that it waits for the end of an
    incident that is opened for it."""

    text: str = Field(min_length=1, max_length=4000)
    decides: bool = False


@router.post("", status_code=201)
async def start(request: Request, caller: Operator) -> SessionView:
    service: Service = request.app.state.service
    now = service.clock.now()
    session = ChatSession(id=secrets.token_urlsafe(24), opened_by=caller.name, opened_at=now, last_at=now)
    await service.store.keep_chat_session(session)
    return SessionView(**_values(session))


@router.get("")
async def list_sessions(
    request: Request,
    caller: Viewer,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    before: Annotated[str, Query(max_length=100, description="cursor: the last session of the previous page")] = "",
) -> SessionPage:
    """List the conversations, most recently used first."""
    service: Service = request.app.state.service
    chat_sessions = await service.store.chat_sessions(limit=limit + 1, before=before)
    session_views = [SessionView(**_values(one)) for one in chat_sessions[:limit]]
    return SessionPage(sessions=session_views, next=session_views[-1].session if chat_sessions[limit:] else "")


@router.get("/{session}")
async def get_session(
    request: Request,
    session: SessionId,
    caller: Viewer,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    after: Annotated[int, Query(ge=0, le=2**31, description="cursor: the last turn of the previous page")] = 0,
) -> SessionWithTurns:
    """A conversation with its questions and answers."""
    service: Service = request.app.state.service
    chat_session = await service.store.chat_session(session)
    if chat_session is None:
        raise AbsentError(f"There is no session {session!r}. GET /sessions lists them.")
    turns = await service.store.chat_turns(session, after=after, limit=limit + 1)
    turn_views = [
        TurnView(
            number=one.number,
            at=one.at,
            by=one.by,
            question=one.question,
            reply=ChatReply.model_validate_json(one.reply),
        )
        for one in turns[:limit]
    ]
    return SessionWithTurns(
        **_values(chat_session), conversation=turn_views, next=turn_views[-1].number if turns[limit:] else 0
    )


@router.post(
    "/{session}/messages",
    response_model=ChatAnswer,
    responses={
        200: {"description": "the answer, or server-sent events while it is worked out", "content": {STREAM: {}}}
    },
)
async def ask(
    request: Request,
    session: SessionId,
    body: ChatQuestion,
    caller: Operator,
    accept: Annotated[str, Header(max_length=1000)] = "",
) -> ChatAnswer | EventSourceResponse:
    """Answer one question. It only reads: a change is proposed, and needs an approval. "approve it" shows what an
    incident asks for, and a "yes" right behind it approves just that, where the caller has the role of an approver."""
    service: Service = request.app.state.service
    if STREAM in accept:
        return EventSourceResponse(streamed(service, session, body.text, by=caller, decides=body.decides))
    follower = TurnFollower(decides=body.decides, rights=decision_rights(caller))
    reply = await service.engine.ask(session, body.text, by=caller.name, follower=follower)
    return ChatAnswer(session=session, reply=reply)


@router.delete("/{session}", status_code=204)
async def end(request: Request, session: SessionId, caller: Operator) -> None:
    service: Service = request.app.state.service
    if not await service.engine.end_session(session):
        raise AbsentError(f"There is no session {session!r}. GET /sessions lists them.")


def _values(session: ChatSession) -> dict[str, Any]:
    values = session.model_dump()
    return {"session": values.pop("id"), **values}
