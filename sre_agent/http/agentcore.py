"""The contract of Amazon Bedrock AgentCore Runtime: `POST /invocations` and `GET /ping` on port 8080.

An invocation asks a question or hands in an alarm. Work that outlasts it goes on in the background; as long as there
is some, `/ping` says HealthyBusy and the runtime keeps the session. Its time changes with the status alone: a time that
moves on its own would keep an idle session alive and cost money.
"""

from __future__ import annotations

import secrets
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel, ConfigDict, Field

from sre_agent import entrances
from sre_agent.errors import BadInputError
from sre_agent.http.callers import Operator
from sre_agent.http.service import Service
from sre_agent.http.submitting import submit

router: Final = APIRouter(tags=["AgentCore Runtime"])
SESSION_HEADER: Final = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
PingStatus = Literal["Healthy", "HealthyBusy"]


class Ping(BaseModel):
    """`time_of_last_update` in whole epoch seconds."""

    status: PingStatus
    time_of_last_update: int


class Invocation(BaseModel):
    """One of the three: a question, an alarm as its monitor sends it, or the id of an incident to read."""

    model_config = ConfigDict(extra="ignore")

    prompt: str = Field("", max_length=4000)
    alarm: dict[str, Any] | None = None
    incident: str = Field("", max_length=100)


class InvocationAnswer(BaseModel):
    session: str
    outcome: str
    response: str
    incidents: list[str] = Field(default_factory=list)


class PingState:
    """The status with the time at which it became so."""

    def __init__(self, now: float) -> None:
        self._status: PingStatus = "Healthy"
        self._since = int(now)

    def ping(self, *, busy: bool, now: float) -> Ping:
        status: PingStatus = "HealthyBusy" if busy else "Healthy"
        if status != self._status:
            self._status, self._since = status, int(now)
        return Ping(status=self._status, time_of_last_update=self._since)


@router.get("/ping")
async def ping(request: Request) -> Ping:
    service: Service = request.app.state.service
    state: PingState = request.app.state.ping
    return state.ping(busy=service.engine.busy > 0, now=service.clock.now().timestamp())


@router.post("/invocations")
async def invoke(
    request: Request,
    body: Invocation,
    caller: Operator,
    session: Annotated[str, Header(alias=SESSION_HEADER, max_length=256)] = "",
) -> InvocationAnswer:
    service: Service = request.app.state.service
    name = session or secrets.token_urlsafe(27)
    if body.alarm is not None:
        opened = await submit(service, entrances.read(body.alarm, received_at=service.clock.now()))
        told = f'Investigating {", ".join(one.id for one in opened)}. Ask for it with {{"incident": ...}}.'
        return InvocationAnswer(session=name, outcome="accepted", response=told, incidents=[one.id for one in opened])
    if body.incident:
        found = await service.responder.incident(body.incident)
        report = await service.responder.report(found.id)
        told = report.statement if report is not None else f"{found.title}: {found.status}"
        return InvocationAnswer(session=name, outcome=found.status, response=told, incidents=[found.id])
    if not body.prompt.strip():
        raise BadInputError("Give 'prompt' (a question), 'alarm' (a monitor's payload) or 'incident' (an id).")
    reply = await service.engine.ask(name, body.prompt)
    return InvocationAnswer(session=name, outcome=reply.outcome, response=reply.text)
