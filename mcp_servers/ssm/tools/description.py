"""One runbook told in full: an Automation document step by step, a Markdown file section by section."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Answer, Coverage
from mcp_servers.serving import cursors
from mcp_servers.serving.aws import AwsAccount
from mcp_servers.serving.markdown import table, within
from mcp_servers.serving.server import UNTRUSTED
from mcp_servers.ssm.runbooks import runbook as runbooks
from mcp_servers.ssm.runbooks import steps
from mcp_servers.ssm.runbooks.library import UNDO_TAG, RunbookDocument
from mcp_servers.ssm.runbooks.markdown_runbooks import MarkdownRunbook

PIECE = 2_500  # characters of a section's text in one piece
CHARACTERS = 5_000  # of the steps or sections of one answer, as JSON
HEADERS = ["parameter", "type", "allowed", "default", "description"]


def document(runbook_document: RunbookDocument, account: AwsAccount, cursor: str) -> Answer:
    """An Automation document: parameters and what they may be, steps and which of them change something."""
    runbook = runbooks.of_document(runbook_document)
    read = [
        {"name": s.name, "action": s.action, "effect": s.effect, "does": s.does}
        for s in steps.read(runbook_document.content)
    ]
    page, more, left_out = _from(cursor, read, "steps")
    left_out |= runbook.left_out
    plain = runbook.plain() | {
        "status": runbook_document.about.get("Status", ""),
        "owner": runbook_document.about.get("Owner", ""),
        "latest_version": runbook_document.about.get("LatestVersion", ""),
        "undo": runbook_document.tags.get(UNDO_TAG, ""),
        "steps": page,
    }
    head = (
        f"Runbook {runbook_document.name} version {runbook_document.version}: {excerpt(runbook_document.description)}"
    )
    table_text = table(["step", "effect", "does"], [(s["name"], s["effect"], s["does"]) for s in page], 200)
    return Answer(
        text="\n\n".join([f"{head}\nMakes changes: {runbook.mutating}. {UNTRUSTED}", _parameters(plain), table_text]),
        as_of=runbook_document.as_of,
        data={"runbook": plain, "target": runbook_document.target.model_dump()} | more,
        observations=[runbook.observed(account.scope)],
        coverage=[Coverage(looked_at=f"runbook {runbook_document.name}"), *runbook_document.coverage, *account.gaps()],
        left_out=left_out,
    )


def file(markdown_runbook: MarkdownRunbook, coverage: list[Coverage], account: AwsAccount, cursor: str) -> Answer:
    """A Markdown file: parameters and what they may be, and its sections as data. Its clock is this machine's."""
    runbook = markdown_runbook.runbook
    read = [
        {"heading": section.heading, "level": section.level, "text": piece}
        for section in markdown_runbook.sections
        for piece in _pieces(section.text)
    ]
    page, more, left_out = _from(cursor, read, "sections")
    left_out |= runbook.left_out
    plain = runbook.plain() | {"sections": page}
    head = f"Runbook {runbook.name} ({runbook.title}) version {runbook.version}: {excerpt(runbook.description)}"
    note = f"A document for people to follow; it cannot be executed. {UNTRUSTED}"
    sections_text = "\n\n".join(_quote(section) for section in page)
    return Answer(
        text="\n\n".join([f"{head}\n{note}", _parameters(plain), sections_text]),
        as_of=datetime.now(UTC),
        data={"runbook": plain} | more,
        observations=[runbook.observed(account.scope)],
        coverage=[*coverage, *account.gaps()],
        left_out=left_out,
    )


def _from(
    cursor: str, rows: list[dict[str, Any]], what: str
) -> tuple[list[dict[str, Any]], dict[str, str], dict[str, int]]:
    """The rows from the cursor's place on that fit, the cursor of what follows, and how many follow."""
    start = cursors.offset(cursor)
    page = within(rows[start:], CHARACTERS) or rows[start : start + 1]  # a cursor always gets on
    end = start + len(page)
    if end >= len(rows):
        return page, {}, {}
    return page, {"cursor": cursors.encode(offset=end)}, {what: len(rows) - end}


def _pieces(text: str) -> list[str]:
    """A long section in parts that end with a line where that is possible; a short one as it is."""
    pieces: list[str] = []
    while len(text) > PIECE:
        end = text.rfind("\n", 1, PIECE)
        end = PIECE if end < 0 else end
        pieces.append(text[:end])
        text = text[end:].removeprefix("\n")
    return [*pieces, text]


def _parameters(plain: dict[str, Any]) -> str:
    rows = [
        [p["name"], p["type"], p.get("allowed") or p.get("pattern", ""), p.get("default", ""), p.get("description", "")]
        for p in plain["parameters"]
    ]
    return table(HEADERS, rows) if rows else "It takes no parameters."


def _quote(section: dict[str, Any]) -> str:
    """Quoted, so that a heading of the file never looks like one of ours."""
    lines = ["#" * max(1, section["level"]) + f" {section['heading']}"] if section["heading"] else []
    return "\n".join(f"> {line}" for line in [*lines, *section["text"].splitlines()])
