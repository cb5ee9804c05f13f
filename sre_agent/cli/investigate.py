"""`sre-agent investigate`: an alarm file, an alarm's name or a sentence, on whatever the settings point at."""

from __future__ import annotations

import os
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from sre_agent.cli import exits
from sre_agent.cli.connecting import Endpoint, elsewhere, open_elsewhere
from sre_agent.cli.consoles import console
from sre_agent.cli.drive import here, leave, see_through
from sre_agent.cli.loading import open_runtime
from sre_agent.cli.options import (
    AllowDocument,
    AllowNamespace,
    AllowNode,
    AwsEndpoint,
    AwsProfile,
    AwsRegion,
    Cluster,
    Kubeconfig,
    KubeContext,
    Level,
    Model,
    PrometheusUrl,
    StateDir,
    Trace,
    WholeProfile,
    Writes,
    command_line,
    options_of,
    settings_of,
)
from sre_agent.cli.printing import say_json
from sre_agent.cli.readiness import ensure_ready, needed
from sre_agent.cli.view import Approval, IncidentView, PlainView, SilentView
from sre_agent.cli.waterfall import documents_of, waterfall
from sre_agent.clock import SystemClock
from sre_agent.connections import Connection
from sre_agent.domain.signal import Signal
from sre_agent.entrances.request import IncidentRequest
from sre_agent.errors import BadInputError
from sre_agent.settings import Settings, save

EXAMPLES = f"""
Examples:

  sre-agent investigate alarm.json                      an alarm as EventBridge, SNS or Alertmanager delivered it

  sre-agent investigate payments-api-5xx                a CloudWatch alarm by its name

  sre-agent investigate "checkout in shop restarts"     a sentence that names what it is about

  sre-agent investigate inc-1121-d69ce219 --writes --allow-namespace shop   the same signals again, allowed to act

  sre-agent investigate alarm.json --endpoint https://sre-agent.example.com   a service does it

  cat alarm.json | sre-agent investigate - --json       from a pipe, report as JSON

{exits.MEANING}
"""
_ID = re.compile(r"inc-\d{4}-[0-9a-f]{8}")  # as the responder makes them


def investigate(
    invocation: typer.Context,
    signal: Annotated[
        str, typer.Argument(help="file, '-' for standard input, an alarm's name, a sentence, or an incident's id")
    ],
    profile: WholeProfile = "local",
    approve: Annotated[Approval, typer.Option(help="who answers an approval question")] = "ask",
    kubeconfig: Kubeconfig = None,
    context: KubeContext = None,
    cluster: Cluster = None,
    aws_endpoint_url: AwsEndpoint = None,
    aws_region: AwsRegion = None,
    aws_profile: AwsProfile = None,
    prometheus_url: PrometheusUrl = None,
    state_dir: StateDir = None,
    writes: Writes = None,
    allow_namespace: AllowNamespace = None,
    allow_node: AllowNode = None,
    allow_document: AllowDocument = None,
    level: Level = None,
    model: Model = None,
    endpoint: Endpoint = None,
    trace: Trace = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the report as JSON")] = False,
) -> None:
    """Investigate an alarm or a complaint, and end remediated or escalated."""
    request = request_of(signal)
    signals = request.signals(SystemClock().now())
    away = elsewhere(profile, endpoint, **command_line(invocation))
    if away is not None:
        raise exits.run(_there(away, request, approve, as_json, trace))
    settings = settings_of(invocation, profile)
    settings = ensure_ready(settings, options_of(investigate), needs=needed(signals))
    raise exits.run(_here(settings, request, approve, as_json, trace))


async def _here(settings: Settings, request: IncidentRequest, approval: Approval, as_json: bool, trace: bool) -> int:
    save(settings)
    async with open_runtime(settings) as runtime:
        return await _investigate(here(runtime), request, approval, as_json, trace)


async def _there(settings: Settings, request: IncidentRequest, approval: Approval, as_json: bool, trace: bool) -> int:
    async with open_elsewhere(settings) as connection:
        return await _investigate(connection, request, approval, as_json, trace)


async def _investigate(
    connection: Connection, request: IncidentRequest, approval: Approval, as_json: bool, trace: bool
) -> int:
    view: IncidentView = SilentView() if as_json else PlainView()
    connection.listen(view.on_event)
    worst = exits.OK
    for incident_id in await connection.submit(request):
        incident, report = await see_through(connection, incident_id, view, approval)
        view.ended(incident, report, connection.reports(incident))
        if as_json:
            body = report.model_dump(mode="json") if report else incident.model_dump(mode="json")
            say_json(body)
        if incident.open:
            leave(incident, connection, err=as_json)
        if trace and not as_json:
            out = console()
            out.print(waterfall(documents_of(incident, await connection.evidence(incident)), out.width))
        worst = max(worst, exits.of(incident))
    return worst


def is_id(text: str) -> bool:
    """Whether this names an incident, whose signals are meant."""
    return _ID.fullmatch(text.strip()) is not None


def read_signals(text: str, now: datetime) -> list[Signal]:
    """What the argument means. Raises BadInputError."""
    return request_of(text).signals(now)


def request_of(text: str) -> IncidentRequest:
    """The argument as a request. Raises BadInputError."""
    if is_id(text):
        return IncidentRequest(again=text.strip())
    if text == "-":
        return IncidentRequest(alarm=sys.stdin.buffer.read().decode("utf-8", "replace"))
    path = Path(text)
    if path.suffix in (".json", ".txt") or (len(text) < 200 and path.is_file()):
        if not path.is_file():
            raise BadInputError(f"There is no file {text!r}. Give an alarm file, an alarm's name or a sentence.")
        return IncidentRequest(alarm=path.read_bytes().decode("utf-8", "replace"))
    text = os.fsencode(text).decode("utf-8", "replace")  # whatever the locale made of it
    if not text.strip():
        raise BadInputError("Nothing was given. Give an alarm file, an alarm's name or a sentence.")
    if " " in text.strip():
        return IncidentRequest.model_construct(text=text)  # how long it may be is for who reads it to say
    return IncidentRequest.model_construct(alarm_name=text.strip())
