"""The contract of Amazon Bedrock AgentCore Runtime: `POST /invocations` and `GET /ping` on port 8080.

An invocation asks a question, hands in an alarm, or wraps a request to any other address. Work that outlasts it goes
on in the background; as long as there is some, `/ping` says HealthyBusy and the runtime keeps the session. Its time
changes with the status alone: a time that moves on its own would keep an idle session alive and cost money.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sse_starlette import EventSourceResponse, ServerSentEvent

from sre_agent import entrances
from sre_agent.chat_sessions import TurnFollower
from sre_agent.domain.runtime_session import RuntimeSession
from sre_agent.errors import AbsentError, BadInputError, first_fault
from sre_agent.http.callers import Admin, Viewer, caller_of, demand
from sre_agent.http.idempotency import KeyedRoute
from sre_agent.http.ping import Ping, PingState
from sre_agent.http.service import Service
from sre_agent.http.submitting import submit
from sre_agent.http.tokens import Caller
from sre_agent.http.tunnel import TunnelResponse, WrappedAnswer, WrappedRequest
from sre_agent.http.turns import decision_rights, streamed

router: Final = APIRouter(tags=["AgentCore Runtime"], route_class=KeyedRoute)
SESSION_HEADER: Final = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
USER_HEADER: Final = "X-Amzn-Bedrock-AgentCore-Runtime-User-Id"
STREAM: Final = "text/event-stream"


class Invocation(BaseModel):
    """One of the four: a question, an alarm as its monitor sends it, the id of an incident to read, or a request to
    any other address. `decides`: the caller answers approval questions while the answer is streamed."""

    model_config = ConfigDict(extra="ignore")

    prompt: str = Field("", max_length=4000)
    alarm: dict[str, Any] | None = None
    incident: str = Field("", max_length=100)
    request: WrappedRequest | None = None
    decides: bool = False


class InvocationAnswer(BaseModel):
    session: str
    outcome: str
    response: str
    incidents: list[str] = Field(default_factory=list)


async def _invoker(request: Request, user: Annotated[str, Header(alias=USER_HEADER, max_length=256)] = "") -> Caller:
    """By token, or where none is sent and AgentCore Runtime has let the caller in, with the role that is set for it."""
    service: Service = request.app.state.service
    role = service.agent_runtime.runtime_role
    if role and "authorization" not in request.headers:
        return demand(request, Caller(f"runtime:{user}" if user else "runtime", role, "runtime"), "viewer")
    return demand(request, await caller_of(request), "viewer")


@router.get("/ping")
async def ping(request: Request) -> Ping:
    service: Service = request.app.state.service
    state: PingState = request.app.state.ping
    now = service.clock.now().timestamp()
    return state.ping(busy=await state.busy(service, request.app.state.sweeps, now), now=now)


@router.post(
    "/invocations",
    response_model=InvocationAnswer | WrappedAnswer,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": Invocation.model_json_schema(ref_template="#/$defs/{model}")}},
        }
    },
    responses={
        200: {"description": "the answer, or server-sent events while it is worked out", "content": {STREAM: {}}}
    },
)
async def invoke(
    request: Request,
    caller: Annotated[Caller, Depends(_invoker)],
    session: Annotated[str, Header(alias=SESSION_HEADER, max_length=256)] = "",
    accept: Annotated[str, Header(max_length=1000)] = "",
) -> Response | InvocationAnswer:
    """The body is read as JSON, whatever its media type."""
    service: Service = request.app.state.service
    body = _read(await request.body())
    if session:
        await request.app.state.runtime_sessions.invoked(session)
    if body.request is not None:
        if body.request.path.startswith("/invocations"):
            raise BadInputError("An invocation cannot wrap another invocation.")
        return TunnelResponse(request.app, body.request, caller)
    if body.incident:
        return await _invocation_answer(service, session, body.incident)
    demand(request, caller, "operator")
    name = session or secrets.token_urlsafe(27)
    if body.alarm is not None:
        incidents = await submit(service, entrances.read(body.alarm, received_at=service.clock.now()))
        text = f'Investigating {", ".join(one.id for one in incidents)}. Ask for it with {{"incident": ...}}.'
        return InvocationAnswer(
            session=name, outcome="accepted", response=text, incidents=[one.id for one in incidents]
        )
    if not body.prompt.strip():
        raise BadInputError(
            "Give 'prompt' (a question), 'alarm' (a monitor's payload), 'incident' (an id) or 'request' (to another"
            " address)."
        )
    if STREAM in accept:
        return EventSourceResponse(_stream(service, name, body, caller), headers={SESSION_HEADER: name})
    follower = TurnFollower(decides=body.decides, rights=decision_rights(caller))
    reply = await service.engine.ask(name, body.prompt, by=caller.name, follower=follower)
    return InvocationAnswer(session=name, outcome=reply.outcome, response=reply.text)


@router.get("/runtime-sessions")
async def list_runtime_sessions(request: Request, caller: Viewer) -> list[RuntimeSession]:
    """List the sessions that this service has run, most recently used first, with the cost of each."""
    service: Service = request.app.state.service
    return await service.store.runtime_sessions()


@router.delete("/runtime-sessions/{session}", status_code=202)
async def stop_runtime_session(
    request: Request, session: Annotated[str, Path(max_length=256)], caller: Admin
) -> dict[str, str]:
    """Stop a session: within half a minute it accepts nothing more and its process exits."""
    service: Service = request.app.state.service
    if not await service.store.stop_runtime_session(session, f"Stopped by {caller.name}."):
        raise AbsentError(f"There is no session {session!r} of AgentCore Runtime. GET /runtime-sessions lists them.")
    return {"session": session, "state": "stopping"}


def _read(body: bytes) -> Invocation:
    """Raises BadInputError for what is no JSON object of this form."""
    try:
        return Invocation.model_validate_json(body)
    except ValidationError as problem:
        raise BadInputError(f"The body is not a valid invocation: {first_fault(problem)}") from problem


async def _invocation_answer(service: Service, session: str, incident: str) -> InvocationAnswer:
    record = await service.responder.incident(incident)
    report = await service.responder.report(record.id)
    text = report.statement if report is not None else f"{record.title}: {record.status}"
    return InvocationAnswer(session=session, outcome=record.status, response=text, incidents=[record.id])


async def _stream(service: Service, session: str, body: Invocation, caller: Caller) -> AsyncIterator[ServerSentEvent]:
    """Events in their data alone, as clients of the runtime read them: each JSON object names its `event`."""
    async for one in streamed(service, session, body.prompt, by=caller, decides=body.decides):
        data = json.loads(str(one.data))
        if one.event == "problem":
            data = {"error": data["detail"], "error_type": "problem", "message": "The answer was interrupted."}
        yield ServerSentEvent(json.dumps({"event": one.event, **data}))
