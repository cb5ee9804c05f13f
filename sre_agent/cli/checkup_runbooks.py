"""What a check-up says of remedies on AWS: which runbooks may be started, and so which remedies are possible."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any, Final

from sre_agent.cli.checkup_calls import answer, reader
from sre_agent.cli.checkup_rows import CheckupRow
from sre_agent.diagnosis.remedies import does
from sre_agent.failures import load
from sre_agent.failures.model import FIND_RUNBOOKS
from sre_agent.settings import Settings

WHAT: Final = "remedies on AWS"
PAGES: Final = 8  # of runbooks
CREATE: Final = "Create ours or tag your own for them: infra/README.md, Remedies."


async def runbooks_rows(settings: Settings) -> list[CheckupRow]:
    """None where no document may be started. Whether AWS lets the writing identity start one is known when it does."""
    patterns = settings.writing.allow_documents
    if not settings.writing.writes or not patterns:
        return []
    request = f"runbooks that match {', '.join(patterns)}"
    profile = settings.writing.write_aws_profile
    rows, error = await _runbooks(settings.model_copy(update={"aws_profile": profile} if profile else {}))
    if error:
        return [CheckupRow(WHAT, request, "failed", error)]
    allowed = [
        row
        for row in rows
        if row.get("kind") == "automation" and any(fnmatchcase(str(row["name"]), pattern) for pattern in patterns)
    ]
    possible, missing = [], []
    for kind in load(settings.knowledge.failure_folders):
        for remedy in kind.remedies:
            names = [str(row["name"]) for row in allowed if does(row.get("tags") or {}, remedy, kind)]
            if names:
                possible.append(f"{remedy.name} ({', '.join(names)})")
            elif remedy.runbook_tag:
                missing.append(f"{remedy.name} ({kind.name})")
    result = f"possible: {', '.join(possible) or 'none'}"
    if not missing:
        return [CheckupRow(WHAT, request, "ok", result)]
    return [CheckupRow(WHAT, request, "note", f"{result}; no runbook for: {', '.join(missing)}", CREATE)]


async def _runbooks(settings: Settings) -> tuple[list[dict[str, Any]], str]:
    """Every runbook of the account, or why they cannot be listed."""
    rows: list[dict[str, Any]] = []
    cursor = ""
    async with reader(settings, "ssm") as session:
        for _ in range(PAGES):
            page = await answer(session, FIND_RUNBOOKS, {"text": "", "cursor": cursor})
            if page.refusal is not None:
                return [], page.error
            rows += page.data.get("runbooks", [])
            cursor = page.data.get("cursor", "")
            if not cursor:
                break
    return rows, ""
