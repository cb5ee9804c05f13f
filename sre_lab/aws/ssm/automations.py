"""The operations on automation executions: start, look, signal, stop."""

from __future__ import annotations

import json
import re
from typing import Any

from sre_lab.aws.errors import AwsError
from sre_lab.aws.ssm import documents, stop_alarms
from sre_lab.aws.ssm.actions import AutomationSignal
from sre_lab.aws.ssm.engine import AutomationRun, runs
from sre_lab.aws.ssm.execution import TERMINAL, Execution, StepExecution
from sre_lab.aws.ssm.identifiers import new_id
from sre_lab.aws.ssm.parameters import resolve
from sre_lab.aws.ssm.registry import refuse_unsupported
from sre_lab.aws.ssm.runbook import AutomationDocument, parse
from sre_lab.aws.ssm.state import of
from sre_lab.world import World

Params = dict[str, Any]
TOKEN = re.compile(r"[a-fA-F0-9]{8}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{12}")
NOT_HERE = (
    "Targets",
    "TargetMaps",
    "TargetLocations",
    "TargetLocationsURL",
    "TargetParameterName",
)


def start(world: World, params: Params) -> Params:
    """The same client token with the same request answers the first execution again and starts nothing."""
    token = params.get("ClientToken", "")
    request = json.dumps({k: v for k, v in params.items() if k != "ClientToken"}, sort_keys=True)
    if token:
        earlier = _earlier(world, token, request)
        if earlier:
            return {"AutomationExecutionId": earlier}
    refused = [name for name in NOT_HERE if params.get(name)]
    if refused:
        raise _invalid(f"The lab runs one execution in one account and does not take {', '.join(refused)}.")
    alarm = stop_alarms.name_of(params.get("AlarmConfiguration") or {})
    execution = _execution(world, params)
    state = of(world)
    if state.call is None:
        raise AwsError("InternalServerError", "The lab's AWS endpoint is not up.", status=500)
    run = AutomationRun(world, execution, state.call)
    runs(world).by_id[execution.id] = run
    if token:
        runs(world).tokens[token] = (execution.id, request)
    run.begin()
    if alarm:
        stop_alarms.watch(world, run, alarm, params["AlarmConfiguration"])
    return {"AutomationExecutionId": execution.id}


def get(world: World, params: Params) -> Params:
    return {"AutomationExecution": _run(world, params).execution.shape()}


def send_signal(world: World, params: Params) -> Params:
    run, kind = _run(world, params), params["SignalType"]
    payload = {key: (values[0] if values else "") for key, values in (params.get("Payload") or {}).items()}
    if kind in ("Approve", "Reject"):
        if not run.awaits_approval:
            raise _no_signal(run, kind, "no step of it waits for an approval")
        run.signal(AutomationSignal(kind, _caller(world), payload.get("Comment", "")))
    elif kind == "Resume" and run.awaits_resume:
        run.signal(AutomationSignal(kind, _caller(world)))
    elif kind in ("StartStep", "Resume"):
        step_name = payload.get("StepName", "")
        if not run.awaits_start:
            raise _no_signal(run, kind, "no step of it waits to be started")
        if step_name and step_name != run.awaits_start:
            raise AwsError("AutomationStepNotFoundException", f"Step {run.awaits_start} is next, not {step_name}.")
        run.start_step()
    elif kind == "StopStep":
        current = run.execution.current
        if current is None or current.status not in ("InProgress", "Waiting"):
            raise _no_signal(run, kind, "none of its steps runs")
        if payload.get("StepExecutionId", current.id) != current.id:
            raise AwsError(
                "AutomationStepNotFoundException", f"Step execution {payload['StepExecutionId']} does not run."
            )
        run.stop_step()
    else:
        raise _no_signal(run, kind, "it is no just-in-time access request")
    return {}


def stop(world: World, params: Params) -> Params:
    run, kind = _run(world, params), params.get("Type", "Cancel")
    if run.execution.status in TERMINAL:
        raise AwsError(
            "InvalidAutomationStatusUpdateException",
            f"Execution {run.execution.id} has ended with status {run.execution.status} and cannot be stopped.",
        )
    if kind == "Complete":
        run.complete()
    else:
        run.cancel()
    return {}


def definition(world: World, name: str, version: str) -> tuple[AutomationDocument, str]:
    """The runbook and its version number, under the error names that Automation uses."""
    try:
        document = documents.find(world, name)
        document_version = document.version(version)
    except AwsError as problem:
        which = "Version" if problem.code == "InvalidDocumentVersion" else ""
        raise AwsError(f"AutomationDefinition{which}NotFoundException", problem.message) from problem
    if document.type != "Automation":
        raise AwsError("AutomationDefinitionNotFoundException", f"{name} is a {document.type} document.")
    return parse(document_version.content), document_version.number


def _execution(world: World, params: Params) -> Execution:
    name = params["DocumentName"]
    runbook, version = definition(world, name, params.get("DocumentVersion", ""))
    refuse_unsupported(runbook, name)
    values, parameters = resolve(runbook, params.get("Parameters") or {})
    return Execution(
        id=new_id(world),
        document=name,
        version=version,
        runbook=runbook,
        parameters=values,
        parameters_shown=parameters,
        mode=params.get("Mode", "Auto"),
        executed_by=_caller(world),
        tags={tag["Key"]: tag["Value"] for tag in params.get("Tags") or []},
        started=world.clock.now(),
        steps=[StepExecution(step, new_id(world)) for step in runbook.steps],
        variables=dict(runbook.variables),
    )


def _caller(world: World) -> str:
    return f"arn:aws:iam::{world.cluster.account}:user/lab"


def _earlier(world: World, token: str, request: str) -> str:
    if not TOKEN.fullmatch(token):
        raise AwsError("ValidationException", f"The client token {token!r} is not a UUID.")
    execution, before = runs(world).tokens.get(token, ("", request))
    if before != request:
        raise AwsError("IdempotentParameterMismatch", f"The client token {token} was used for another request.")
    return execution


def _run(world: World, params: Params) -> AutomationRun:
    run = runs(world).by_id.get(params["AutomationExecutionId"])
    if run is None:
        raise AwsError(
            "AutomationExecutionNotFoundException",
            f"There is no automation execution {params['AutomationExecutionId']}.",
        )
    return run


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidAutomationExecutionParametersException", message)


def _no_signal(run: AutomationRun, kind: str, why: str) -> AwsError:
    execution = run.execution
    return AwsError(
        "InvalidAutomationSignalException",
        f"Execution {execution.id} is {execution.status} and takes no {kind} signal: {why}.",
    )
