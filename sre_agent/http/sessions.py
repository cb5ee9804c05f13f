"""Questions about the live system over HTTP: a conversation is a session, opened by its first question."""

from __future__ import annotations

import secrets
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from sre_agent.domain.report import EvidenceLine
from sre_agent.errors import AbsentError
from sre_agent.http.callers import Operator, Viewer
from sre_agent.http.service import Service

router: Final = APIRouter(prefix="/sessions", tags=["questions"])
SessionId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{8,100}$", description="8 to 100 letters, digits, - and _")]


class SessionStarted(BaseModel):
    session: str


class ChatQuestion(BaseModel):
    text: str = Field(min_length=1, max_length=4000)


class ChatAnswer(BaseModel):
    """`words` are a chat model's own and not verified; `text` names its evidence by number."""

    session: str
    outcome: str
    text: str
    words: str
    choices: list[str]
    evidence: list[EvidenceLine]
    tool_calls: int


@router.post("", status_code=201)
async def start(caller: Operator) -> SessionStarted:
    return SessionStarted(session=secrets.token_urlsafe(24))


@router.get("")
async def list_sessions(request: Request, caller: Viewer) -> list[SessionStarted]:
    service: Service = request.app.state.service
    return [SessionStarted(session=one) for one in service.engine.sessions()]


@router.post("/{session}/messages")
async def ask(request: Request, session: SessionId, body: ChatQuestion, caller: Operator) -> ChatAnswer:
    """The answer to one question. It only looks: what would be changed is proposed."""
    service: Service = request.app.state.service
    reply = await service.engine.ask(session, body.text)
    return ChatAnswer(
        session=session,
        outcome=reply.outcome,
        text=reply.text,
        words=reply.words,
        choices=reply.choices,
        evidence=reply.evidence,
        tool_calls=reply.tool_calls,
    )


@router.delete("/{session}", status_code=204)
async def end(request: Request, session: SessionId, caller: Operator) -> None:
    service: Service = request.app.state.service
    if not await service.engine.end_session(session):
        raise AbsentError(f"There is no session {session!r} in this process.")
