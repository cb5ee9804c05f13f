"""The lab's own API, for who runs it: what time it is, move the clock, break something, see what an alarm sends.

No responder ever talks to it.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sre_lab.aws import agentcore, bedrock, cloudwatch
from sre_lab.aws.cloudwatch import alarms
from sre_lab.clock import from_rfc3339, rfc3339
from sre_lab.facts import inject_fault
from sre_lab.scenario import Fault, ScenarioError
from sre_lab.world import World

SLICE = 1.0  # seconds of the lab's time between two chances for its clients to be served while it is moved


def app(world: World, scenario: str, trigger: str) -> Starlette:
    """GET /state, /segments, /alarms/NAME/event (as it stands), /alarms/NAME/events (as sent); POST /clock/advance,
    /faults. GET /bedrock/calls and POST /bedrock/script are the chat model's.
    POST /agent-runtimes puts a running service in the place of an agent. Errors are {"error": sentence}."""
    control = _Control(world, scenario, trigger)
    return Starlette(
        routes=[
            Route("/agent-runtimes", control.agent_runtimes, methods=["POST"]),
            Route("/bedrock/script", control.bedrock_script, methods=["POST"]),
            Route("/bedrock/calls", control.bedrock_calls),
            Route("/state", control.state),
            Route("/clock/advance", control.advance, methods=["POST"]),
            Route("/segments", control.segments),
            Route("/faults", control.faults, methods=["POST"]),
            Route("/alarms/{name:path}/event", control.alarm_event),
            Route("/alarms/{name:path}/events", control.alarm_events),
        ]
    )


class _Control:
    def __init__(self, world: World, scenario: str, trigger: str) -> None:
        self._world, self._scenario, self._trigger = world, scenario, trigger

    async def state(self, request: Request) -> Response:
        now = self._world.clock.now()
        mode = "follows the wall clock" if self._world.clock.follows_wall else "stands"
        answer = {"now": now, "time": rfc3339(now), "mode": mode, "scenario": self._scenario, "trigger": self._trigger}
        return JSONResponse(answer | {"alarms": _alarms(self._world)})

    async def advance(self, request: Request) -> Response:
        if self._world.clock.follows_wall:
            return _refusal(
                "The lab runs on the wall clock, which cannot be moved. Start it with --stand to move its clock.", 409
            )
        try:
            target = _target(self._world, await _body(request))
        except ValueError as problem:
            return _refusal(str(problem))
        while self._world.clock.now() < target:
            self._world.clock.advance_to(min(target, self._world.clock.now() + SLICE))
            await asyncio.sleep(0)
        return JSONResponse({"now": self._world.clock.now()})

    async def segments(self, request: Request) -> Response:
        return JSONResponse(self._world.segments)

    async def faults(self, request: Request) -> Response:
        try:
            inject_fault(self._world, Fault.model_validate({"at": 0, **await _body(request)}))
        except (ScenarioError, ValueError, KeyError) as problem:
            return _refusal(f"The fault cannot be applied: {problem}")
        return JSONResponse({"now": self._world.clock.now()})

    async def alarm_event(self, request: Request) -> Response:
        try:
            return JSONResponse(alarms.event(self._world, request.path_params["name"]))
        except LookupError as problem:
            return _refusal(str(problem.args[0]), 404)

    async def alarm_events(self, request: Request) -> Response:
        name = request.path_params["name"]
        return JSONResponse([event for event in self._world.bus if _of_alarm(event, name)])

    async def bedrock_script(self, request: Request) -> Response:
        try:
            bedrock.play(self._world, bedrock.ModelScript.model_validate(await _body(request)))
        except ValueError as problem:
            return _refusal(f"The model script is not valid: {problem}")
        return JSONResponse(bedrock.calls_of(self._world))

    async def bedrock_calls(self, request: Request) -> Response:
        return JSONResponse(bedrock.calls_of(self._world))

    async def agent_runtimes(self, request: Request) -> Response:
        try:
            body = await _body(request)
            agentcore.AGENT_RUNTIMES.of(self._world)[str(body["arn"])] = str(body["url"])
        except (ValueError, KeyError) as problem:
            return _refusal(f"Say which agent is served where, as arn and url: {problem}")
        return JSONResponse(agentcore.AGENT_RUNTIMES.of(self._world))


def _of_alarm(event: dict[str, Any], name: str) -> bool:
    return bool(event["detail-type"] == "CloudWatch Alarm State Change" and event["detail"]["alarmName"] == name)


def _alarms(world: World) -> list[dict[str, Any]]:
    query = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"], "MaxRecords": 100}
    answer = cloudwatch.OPERATIONS["DescribeAlarms"](world, query)
    alarms = [*answer["MetricAlarms"], *answer["CompositeAlarms"]]
    return [{"name": alarm["AlarmName"], "state": alarm["StateValue"]} for alarm in alarms]


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError as problem:
        raise ValueError(f"The request body is not valid JSON: {problem}") from problem
    if not isinstance(body, dict):
        raise ValueError("The request body has to be a JSON object.")
    return body


def _target(world: World, body: dict[str, Any]) -> float:
    if "seconds" in body:
        return world.clock.now() + float(body["seconds"])
    if "to" in body:
        return from_rfc3339(body["to"]) if isinstance(body["to"], str) else float(body["to"])
    raise ValueError(
        'Give the seconds to advance, or the time to move to: {"seconds": 30} or {"to": "2026-01-01T00:00:00Z"}.'
    )


def _refusal(message: str, status: int = 400) -> Response:
    return JSONResponse({"error": message}, status_code=status)
