"""What starting a runbook would do: AWS's own dry run where it may be had, and the document read by ourselves.

Both answers count: the graver one holds. Nothing is started.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mcp_servers.contract.blast_radius import FIGURES
from mcp_servers.contract.facts import Answer, Coverage
from mcp_servers.serving.aws import AwsAccount, gap
from mcp_servers.serving.errors import TeachingError
from mcp_servers.ssm import inputs
from mcp_servers.ssm.runbooks import steps
from mcp_servers.ssm.runbooks.library import ALARM_TAG, REACH_TAG, UNDO_TAG, RunbookDocument, load
from mcp_servers.ssm.runbooks.parameters import check, normal
from mcp_servers.ssm.runbooks.reach import reached, sources
from mcp_servers.ssm.runbooks.readings import read_ahead
from mcp_servers.ssm.runbooks.undo import undo

WAITS = (0.0, 0.3, 0.7, 1.0, 2.0)  # seconds before each look at AWS's preview
APPROVE = "aws:approve"
MARKS: dict[steps.Effect, str] = {"Mutating": "~", "NonMutating": " ", "Undetermined": "?"}


class Previews:
    def __init__(self, account: AwsAccount) -> None:
        self._account = account

    def preview_automation(
        self,
        document: inputs.Document,
        parameters: inputs.RunbookParameters = None,
        version: inputs.Version = "$DEFAULT",
    ) -> Answer:
        """What starting this runbook with these parameters would do, without starting it.

        A parameter's value is a list of strings as AWS takes it, or a plain value, which becomes a list of one.
        `data.arguments` is the call as start_automation takes it and as a permit has to be issued for it.
        """
        answer = previewed(self._account, document, normal(parameters), version)
        return answer.model_copy(update={"data": {**answer.data, "scope": self._account.scope}})


@dataclass(frozen=True)
class _Dry:
    """AWS's counts of steps by effect, or why there are none."""

    counts: dict[str, int]
    coverage: Coverage
    reach: str = ""


def previewed(account: AwsAccount, name: str, parameters: dict[str, list[str]], version: str) -> Answer:
    """The preview as WriteDoor wants it. Raises TeachingError where AWS would refuse the parameters."""
    document = load(account, name, version)
    request = f"{name} version {document.version} with {parameters}"
    if document.content:
        check(document.content, parameters, request)
    read = steps.read(document.content, parameters)
    dry = _dry_run(account, document, parameters)
    effects: list[steps.Effect] = [s.effect for s in read]
    effects += [effect for effect in MARKS if dry.counts.get(effect)]
    mutating = steps.changes(effects)
    values = steps.known_values(document.content, parameters)
    outputs, gaps = _read_ahead(account, document, values)
    undoing, unknown = undo(document.tags.get(UNDO_TAG, ""), values, outputs)
    diff = planned(read, document)
    reach = reached(document.tags.get(REACH_TAG, ""), values, outputs)
    blast_radius = _blast_radius(read, dry, mutating, account.scope, reach)
    data: dict[str, Any] = {
        "arguments": {"document": name, "parameters": parameters, "version": version},
        "diff": diff,
        "diff_digest": lines_digest(diff),
        "blast_radius": blast_radius,
        FIGURES: reach,
        "approval_steps": [one.name for one in read if one.action == APPROVE],
        "stop_alarm": document.tags.get(ALARM_TAG, ""),
        "mutating": mutating != "no",
        "changes": mutating,
        "steps": dry.counts or {effect: effects.count(effect) for effect in MARKS},
        "undo": undoing,
        "undo_needs": unknown,
        "target": document.target.model_dump(),
    }
    return Answer(
        text="\n".join([f"{name} version {document.version}: {blast_radius}", *diff, _undo_text(undoing, unknown)]),
        as_of=document.as_of,
        data=data,
        coverage=[dry.coverage, *document.coverage, *gaps, *account.gaps()],
    )


def planned(read: Sequence[steps.Step], document: RunbookDocument) -> list[str]:
    """What each step would do, as lines, and the alarm that would stop it."""
    alarm = document.tags.get(ALARM_TAG, "")
    lines = [f"{MARKS[s.effect]} {s.name}: {s.does}" for s in read]
    return [*lines, *([f"! stopped when alarm {alarm} goes off"] if alarm else [])]


def lines_digest(lines: Sequence[str]) -> str:
    """SHA-256, in hex."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _read_ahead(
    account: AwsAccount, document: RunbookDocument, values: dict[str, Any]
) -> tuple[dict[str, list[str]], list[Coverage]]:
    """The outputs of describing steps that the undo and the blast radius need, as they are now."""
    _, unknown = undo(document.tags.get(UNDO_TAG, ""), values)
    unknown += [name for name in sources(document.tags.get(REACH_TAG, "")).values() if name not in values]
    return read_ahead(account, document.content, values, unknown) if unknown else ({}, [])


def _dry_run(account: AwsAccount, document: RunbookDocument, parameters: dict[str, list[str]]) -> _Dry:
    looked_at = f"AWS's preview of {document.name} version {document.version}"
    try:
        started_preview = account.ask(
            "ssm",
            "start_execution_preview",
            DocumentName=document.name,
            DocumentVersion=document.version,
            ExecutionInputs={"Automation": {"Parameters": parameters}},
        )
        for wait in WAITS:
            time.sleep(wait)
            answer = account.ask(
                "ssm", "get_execution_preview", ExecutionPreviewId=started_preview["ExecutionPreviewId"]
            )
            if answer["Status"] in ("Success", "Failed"):
                break
    except TeachingError as problem:
        coverage = gap(problem, looked_at)
        return _Dry({}, coverage.model_copy(update={"detail": f"{problem} The document itself was read instead."}))
    if answer["Status"] != "Success":
        why = answer.get("StatusMessage") or f"it was {answer['Status']} after {sum(WAITS):.0f} s"
        return _Dry({}, Coverage(looked_at=looked_at, state="unavailable", detail=why))
    preview = answer.get("ExecutionPreview", {}).get("Automation", {})
    reach = ", ".join(f"{t.get('Count')} {t.get('TargetType')}" for t in preview.get("TargetPreviews", []))
    return _Dry(dict(preview.get("StepPreviews", {})), Coverage(looked_at=looked_at), reach)


def _blast_radius(read: list[steps.Step], dry: _Dry, mutating: str, scope: str, reach: dict[str, int]) -> str:
    numbers = ", ".join(f"{count} {what if count != 1 else what.removesuffix('s')}" for what, count in reach.items())
    where = (
        f" in {scope}"
        + (f", targets: {dry.reach}" if dry.reach else "")
        + (f"; it reaches {numbers}" if numbers else "")
    )
    if mutating == "no":
        return f"None of the {len(read)} steps makes changes{where}."
    grave = [
        f"{s.name} ({s.does.split(' ')[1] if ':' in s.does else s.action})" for s in read if s.effect == "Mutating"
    ]
    unsure = [s.name for s in read if s.effect == "Undetermined"]
    parts = [f"{len(grave)} of {len(read)} steps make changes: {', '.join(grave)}"] if grave else []
    parts += [f"the effect of these steps cannot be predicted: {', '.join(unsure)}"] if unsure else []
    return (
        ("; ".join(parts) or "It may make changes, according to AWS's preview; the document could not be read")
        + where
        + "."
    )


def _undo_text(undoing: dict[str, Any] | None, unknown: list[str]) -> str:
    if undoing:
        return f"Undo: {undoing['arguments']['document']} {undoing['arguments']['parameters']}"
    return f"Undo: known after the run, from outputs {', '.join(unknown)}." if unknown else "Undo: not defined."
