"""`sre-agent replay`: a recorded world in the lab, its trigger, and what the responder makes of it.

The result file is what a grader reads; its form is `sre-result/1`.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sre_agent import entrances
from sre_agent.cli import exits
from sre_agent.cli.drive import drive
from sre_agent.cli.embedded import lab_settings, require_lab
from sre_agent.cli.loading import open_runtime, prepare
from sre_agent.cli.printing import say_json
from sre_agent.cli.replay_automation import replay_automation
from sre_agent.cli.replay_flight import replay_flight
from sre_agent.cli.replay_sweep import replay_sweep
from sre_agent.cli.scenarios import lab_error
from sre_agent.cli.view import Approval, IncidentView, PlainView, SilentView
from sre_agent.clock import SystemClock
from sre_agent.domain.report import EvidenceLine, Report
from sre_agent.errors import BadInputError, NotNowError, WrongOptionError
from sre_agent.settings import Settings

if TYPE_CHECKING:
    from sre_agent.chat import ChatReply
    from sre_lab.process import LabProcess

EXAMPLES = f"""
Examples:

  sre-agent replay world.json --trigger trigger.json --out result.json

  sre-agent replay world.json --trigger trigger.json --approve always

  sre-agent replay inc-1121-d69ce219.flight.json --at 14:02:30

{exits.MEANING}
"""
HANDLED = "alarm, automation, question, raw-event, sweep"


def replay(
    world: Annotated[Path, typer.Argument(help="recorded world (schema sre-world/1), or flight record")],
    trigger: Annotated[
        Path | None, typer.Option(help="JSON file with the trigger that starts the run; needed with a recorded world")
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="of a flight record: show what was known at this time, as 14:02:30 or ISO 8601")
    ] = None,
    approve: Annotated[Approval, typer.Option(help="who answers an approval question")] = "never",
    out: Annotated[Path | None, typer.Option(help="file for the result; default: standard output")] = None,
    policies: Annotated[str, typer.Option(help="policy set")] = "default",
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="show each turn")] = False,
) -> None:
    """Replay a recorded incident through the product, or show what a flight record says was known at a time."""
    if trigger is None:
        replay_flight(world, at)
        return
    if at is not None:
        raise WrongOptionError("--at is for a flight record; a recorded world is replayed with --trigger.")
    started = time.monotonic()
    trigger_data = _read(trigger, "trigger")
    world_data = _read(world, "world")
    if trigger_data.get("type") == "raw-event":
        result = _normalise(world.parent / str(trigger_data.get("file", "")))
    elif trigger_data.get("type") == "automation":
        result = replay_automation(world, world_data, trigger_data, approve)
    elif trigger_data.get("type") == "sweep":
        result = replay_sweep(world, trigger_data)
    elif trigger_data.get("type") in ("alarm", "question"):
        view: IncidentView = PlainView() if verbose else SilentView()
        with tempfile.TemporaryDirectory(prefix="sre-agent-replay-") as folder:
            result = _run(world, world_data, trigger_data, Path(folder), policies, approve, view)
    else:
        raise BadInputError(f"A trigger of type {trigger_data.get('type')!r} cannot be replayed. Supported: {HANDLED}.")
    result = {"schema": "sre-result/1", **result, "seconds": round(time.monotonic() - started, 2)}
    text = json.dumps(result, indent=1)
    if out is None:
        say_json(text)
    else:
        out.write_text(text, encoding="utf-8")
    raise typer.Exit(exits.ESCALATED if result.get("outcome") == "escalated" else exits.OK)


def _run(
    world: Path,
    world_data: dict[str, Any],
    trigger_data: dict[str, Any],
    folder: Path,
    policies: str,
    approve: Approval,
    view: IncidentView,
) -> dict[str, Any]:
    from sre_lab.process import LabError, start_lab  # noqa: PLC0415 - only this verb and the demo need a lab
    from sre_lab.timeshift import TimeShift, time_in  # noqa: PLC0415

    require_lab()
    prepare()
    try:
        with start_lab(world.resolve(), follow_wall=False, folder=folder / "lab") as lab:
            shift = TimeShift(lab.control.now() - (time_in(str(world_data.get("clock", ""))) or lab.control.now()))
            # No trace: the lab that would receive it ends before anybody could look at it.
            settings = lab_settings(lab, folder / "state", policies=policies, trace="none")
            return asyncio.run(_respond(lab, settings, shift.value(trigger_data), approve, view))
    except LabError as problem:
        raise lab_error(f"The world {world} cannot be replayed", problem) from problem


async def _respond(
    lab: LabProcess, settings: Settings, trigger_data: dict[str, Any], approve: Approval, view: IncidentView
) -> dict[str, Any]:
    from sre_lab.remote_clock import LabClock  # noqa: PLC0415

    clock = LabClock(lab.control)
    async with open_runtime(settings, clock=clock) as runtime:
        runtime.progress.listen(view.on_event)
        if trigger_data["type"] == "question":
            from sre_agent.cli.chat import conversation  # noqa: PLC0415 - only for a question

            return chat_result(await conversation(runtime, view, approve).ask(str(trigger_data["text"])))
        for signal in entrances.read(trigger_data["payload"], received_at=clock.now()):
            incident, _ = await runtime.responder.submit(signal)
        _, report = await drive(runtime, incident.id, view, approve)
    if report is None:
        raise NotNowError(f"The run of {incident.id} ended without a report.")
    return result_of(report)


def chat_result(reply: ChatReply) -> dict[str, Any]:
    """The answer to a question as a result; of an incident that was opened for it, how that ended."""
    report = result_of(reply.report) if reply.report is not None else {}
    outcome_report = report if reply.intent == "fix" else {}
    is_answer = reply.outcome in ("answered", "choice", "not_found")
    return {
        "outcome": outcome_report.get("outcome", "answered" if is_answer else "escalated"),
        "reason": outcome_report.get("reason", "answered" if is_answer else "inconclusive"),
        "statement": reply.text,
        "root_cause": report.get("root_cause"),
        "evidence": evidence_rows(reply.evidence),
        "writes": outcome_report.get("writes", []),
        "tool_calls": reply.tool_calls,
        "tokens": report.get("tokens", {"input": 0, "output": 0}),
    }


def result_of(report: Report) -> dict[str, Any]:
    """The report as a result."""
    hypothesis = report.diagnosis.hypothesis
    cause = None
    if hypothesis is not None and report.diagnosis.verdict in ("cause", "recovered"):
        cause = {
            "failure_class": hypothesis.failure_class,
            "subject": hypothesis.subject.short,
            "confidence": hypothesis.confidence,
        }
    return {
        "outcome": report.status,
        "reason": report.reason,
        "statement": report.statement,
        "root_cause": cause,
        "evidence": evidence_rows(report.evidence),
        "writes": [
            {"tool": r.call.tool, "arguments": r.call.arguments, "permit": r.allowed_by, "ok": r.outcome == "done"}
            for r in report.remediations
            if r.outcome in ("done", "in_doubt")
        ],
        "tool_calls": report.cost.tool_calls,
        "tokens": {"input": report.cost.input_tokens, "output": report.cost.output_tokens},
    }


def evidence_rows(evidence: Sequence[EvidenceLine]) -> list[dict[str, Any]]:
    """What was looked at, with the source's own words; an error of a failed call is none of these."""
    return [
        {"id": e.number, "tool": e.tool, "arguments": e.arguments, "excerpt": "" if e.failed else e.excerpt}
        for e in evidence
    ]


def _normalise(file: Path) -> dict[str, Any]:
    try:
        signals = entrances.read(file.read_bytes(), received_at=SystemClock().now())
    except BadInputError as refusal:
        return {"refused": str(refusal)}
    except OSError as problem:
        raise BadInputError(f"The trigger's file cannot be read: {problem}") from problem
    return {"normalised": entrances.normalised(signals[0])}


def _read(path: Path, what: str) -> dict[str, Any]:
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise BadInputError(f"The {what} cannot be read: {problem}") from problem
    except ValueError as problem:
        raise BadInputError(f"The {what} {path} is not JSON: {problem}") from problem
    if not isinstance(body, dict):
        raise BadInputError(f"The {what} {path} must be a JSON object.")
    return body
