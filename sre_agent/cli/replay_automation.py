"""Replay of an SSM Automation document: its steps run in the lab, AWS answers as the recording tells.

The clock is virtual: waits of the document take no time, and a document that waits for what never comes ends at once
with its timeout.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sre_agent.cli import keyboard
from sre_agent.cli.view import Approval
from sre_agent.errors import BadInputError

if TYPE_CHECKING:
    from sre_lab.aws.ssm.engine import AutomationRun
    from sre_lab.world import World

NAME = "recorded"  # of the document in the lab
APPROVED = ("approve", "approved", "yes", "true", "always")
REJECTED = ("reject", "rejected", "deny", "denied", "no", "false", "never")
NOBODY = ""  # an approval that nobody answers


def replay_automation(
    world_file: Path, world_data: dict[str, Any], trigger_data: dict[str, Any], approve: Approval
) -> dict[str, Any]:
    """The result of one execution: `final_status`, and its `steps` in the order in which they began.

    BadInputError when there is no document, or it has no good form.
    """
    from sre_lab.aws import ssm  # noqa: PLC0415 - only this verb needs the lab
    from sre_lab.aws.errors import AwsError  # noqa: PLC0415
    from sre_lab.aws.ssm import automations, documents, engine  # noqa: PLC0415
    from sre_lab.aws.ssm.plan import plan  # noqa: PLC0415
    from sre_lab.aws.ssm.recorded_aws import RecordedAws  # noqa: PLC0415

    ssm_data = world_data.get("ssm") or {}
    text = _document(world_file.parent, trigger_data.get("document") or ssm_data.get("document_file"))
    world = _world(world_data)
    parameters = {"Name": NAME, "Content": text, "DocumentType": "Automation"}
    parameters["DocumentFormat"] = "JSON" if text.lstrip().startswith("{") else "YAML"
    try:
        documents.create_document(world, parameters)
        runbook, _ = automations.definition(world, NAME, "")
    except AwsError as problem:
        raise BadInputError(f"The trigger's document cannot be run: {problem.message}") from problem
    run: AutomationRun | None = None

    def present_step() -> str:
        return run.execution.current.step.name if run and run.execution.current else ""

    aws = RecordedAws(ssm_data.get("aws_responses") or {}, runbook, present_step)
    ssm.connect(world, aws)
    kind = plan(runbook).kind
    try:
        started = automations.start(world, {"DocumentName": NAME, "Parameters": _inputs(trigger_data, ssm_data)})
    except AwsError as problem:
        return {"final_status": "Refused", "refused": problem.message, "impact": kind, "steps": [], "tool_calls": 0}
    run = engine.runs(world).by_id[started["AutomationExecutionId"]]
    _drive(world, run, _decisions(ssm_data.get("approval"), approve))
    calls = {name: [a for a in aws.calls if a.step == name] for name in {a.step for a in aws.calls}}
    return _result(run, calls) | {"impact": kind, "tool_calls": len(aws.calls)}


def _world(world_data: dict[str, Any]) -> World:
    """An account at the recorded time, with nothing in it but the execution."""
    from sre_lab.scenario import ClusterSpec  # noqa: PLC0415
    from sre_lab.timeshift import time_in  # noqa: PLC0415
    from sre_lab.world import new_world  # noqa: PLC0415

    now = time_in(str(world_data.get("clock", "")))
    if now is None:
        raise BadInputError(f"The world's clock {world_data.get('clock')!r} is not an RFC 3339 time.")
    return new_world(ClusterSpec(nodes=0), now, 1)


def _document(folder: Path, name: Any) -> str:
    if not name:
        raise BadInputError("A trigger of type 'automation' names its document: a file beside the world.")
    try:
        return (folder / str(name)).read_text(encoding="utf-8")
    except (OSError, ValueError) as problem:
        raise BadInputError(f"The trigger's document cannot be read: {problem}") from problem


def _inputs(trigger_data: dict[str, Any], ssm_data: dict[str, Any]) -> dict[str, list[str]]:
    from sre_lab.aws.ssm.parameters import as_list  # noqa: PLC0415

    inputs = trigger_data["inputs"] if "inputs" in trigger_data else ssm_data.get("inputs")
    return {str(name): as_list(value) for name, value in (inputs or {}).items()}


def _decisions(raw: Any, approve: Approval) -> Iterator[str]:
    """What each approval question is answered with: as recorded, otherwise as the caller says."""
    decisions = raw if isinstance(raw, list) else [] if raw is None else [raw]
    for one in decisions:
        word = str(one.get("decision", "") if isinstance(one, dict) else one).lower()
        yield "Approve" if word in APPROVED else "Reject" if word in REJECTED else NOBODY
    while True:
        if approve == "ask":
            answer = keyboard.line("The document asks for an approval. Approve? [y/N] ")
            yield NOBODY if answer is None else "Approve" if answer.lower() in ("y", "yes") else "Reject"
        else:
            yield "Approve" if approve == "always" else "Reject"


def _drive(world: World, run: AutomationRun, decisions: Iterator[str]) -> None:
    """Run until the execution has ended or waits for somebody who is not there."""
    from sre_lab.aws.ssm.actions import AutomationSignal  # noqa: PLC0415
    from sre_lab.aws.ssm.execution import TERMINAL  # noqa: PLC0415

    caller = f"arn:aws:iam::{world.cluster.account}:user/replay"
    last_step = None
    while run.execution.status not in TERMINAL:
        waits = run.awaits_approval or run.awaits_resume
        if waits and last_step is not run.execution.current:
            decision = next(decisions)
            if decision != NOBODY:
                run.signal(AutomationSignal("Resume" if run.awaits_resume else decision, caller))
                continue
            last_step = run.execution.current
        following = world.clock.next_event_at()
        if following is None:
            return
        world.clock.advance_to(following)


def _result(run: AutomationRun, calls: dict[str, Any]) -> dict[str, Any]:
    execution = run.execution
    started_steps = [step for step in execution.steps if step.started is not None]
    steps = []
    for step in sorted(started_steps, key=lambda step: step.started or 0.0):
        entry: dict[str, Any] = {"step": step.step.name, "action": step.step.action, "status": step.status}
        entry["inputs"] = json.loads(json.dumps(step.inputs, default=str))
        entry["calls"] = [
            {"api": f"{a.service}:{a.api}", "arguments": a.arguments} for a in calls.get(step.step.name, [])
        ]
        entry["outputs"] = step.outputs
        entry |= {"failure": step.failure} if step.failure else {}
        steps.append(entry)
    result: dict[str, Any] = {"final_status": execution.status, "outcome": execution.status, "steps": steps}
    result["outputs"] = execution.summary()["Outputs"]
    return result | ({"reason": execution.failure} if execution.failure else {})
