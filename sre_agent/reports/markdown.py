"""A report as Markdown, through the strict template `prompts/report.md`.

Everything that the template puts out is escaped unless it went through `fenced`: log lines, names and messages come
from outside and must not become headings, links, tables or the end of a fence.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import cache
from typing import Any

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

from mcp_servers.contract.visible import one_line, visible
from sre_agent.domain.action import Call
from sre_agent.domain.report import CausalLink, EvidenceLine, Report
from sre_agent.language.narrative import UNVERIFIED
from sre_agent.prompting import prompts_folder
from sre_agent.reports.actions import done_of
from sre_agent.reports.head import WHY, short
from sre_agent.reports.verdict import percent

_SPECIAL = re.compile(r"([\\`*\[\]|~]|(?<!\w)_|_(?!\w))")
_LINE_START = re.compile(r"^([#>+=-]|\d+(?=[.)](?:\s|$)))")
_TICKS = re.compile(r"`{3,}|~{3,}")


PARTS = {"change": "What changed", "mechanism": "What it did", "symptom": "Symptoms"}


class _Ready(str):
    """Markdown that stands as it is."""


def markdown(report: Report) -> str:
    numbers = {line.id: line.number for line in report.evidence}
    hypothesis = report.diagnosis.hypothesis
    terms = sorted(hypothesis.terms, key=lambda term: -abs(term.weight)) if hypothesis else []
    return template("report.md").render(
        report=report,
        head=[row for row in short(report) if not (row.label == WHY and report.summary)],
        action_done=done_of(report.action, report.remediations),
        unverified=UNVERIFIED,
        parts=_parts(report),
        short=not report.remediations and report.diagnosis.verdict in ("no_fault", "recovered"),
        hypothesis=hypothesis,
        weighed=[term for term in terms if term.evidence in numbers],
        absent=[term for term in terms if term.evidence not in numbers],
        numbers=numbers,
        uncited=report.cost.tool_calls - len(report.evidence),
        confidence=percent(hypothesis.confidence) if hypothesis else "",
    )


def _parts(report: Report) -> list[tuple[str, list[CausalLink]]]:
    """The chain's links under what they are, without the parts that have none."""
    sections = [(title, [link for link in report.chain if link.part == part]) for part, title in PARTS.items()]
    return [(title, links) for title, links in sections if links]


class MarkdownTemplate:
    """A strict template of `prompts/`: what it lacks is an error, and what it is given is escaped."""

    def __init__(self, template: Template) -> None:
        self._template = template

    def render(self, **values: Any) -> str:
        text = self._template.render(**values)
        return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


@cache
def template(file: str) -> MarkdownTemplate:
    environment = SandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_escape
    )
    environment.filters |= {
        "fenced": fenced,
        "call": _call,
        "code": _code,
        "clock": _clock,
        "signed": _signed_number,
        "ready": _Ready,
    }
    text = (prompts_folder() / file).read_text(encoding="utf-8")
    return MarkdownTemplate(environment.from_string(text))


def _escape(value: Any) -> str:
    """One line on which no character means anything to Markdown or HTML."""
    if isinstance(value, _Ready):
        return value
    flat = one_line(str(value)).replace("&", "&amp;").replace("<", "&lt;")
    plain = _SPECIAL.sub(r"\\\1", flat)
    return _LINE_START.sub(_at_line_start, plain)


def _at_line_start(mark: re.Match[str]) -> str:
    """A mark that means something only at the beginning of a line; a number keeps its look with an escaped point."""
    return f"{mark[0]}\\" if mark[0].isdecimal() else f"\\{mark[0]}"


def fenced(value: Any, language: str = "text") -> _Ready:
    """A block of code that its content cannot end: long runs of its marks are taken apart, control characters gone."""
    lines = value if isinstance(value, str) else "\n".join(map(str, value))
    lines = visible(lines.replace("\r\n", "\n").replace("\r", "\n"))
    harmless = _TICKS.sub(lambda run: "\u200b".join(run[0]), lines)
    return _Ready(f"```{language}\n{harmless.rstrip()}\n```")


def _code(line: str) -> _Ready:
    """A command as code within a line; a line that could end it is fenced off by more ticks than it has."""
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    flat = one_line(line)
    return _Ready(f"{ticks} {flat} {ticks}" if len(ticks) > 1 else f"`{flat}`")


def _signed_number(weight: int) -> _Ready:
    return _Ready(f"{weight:+d}")


def _call(call: Call | EvidenceLine) -> str:
    arguments = ", ".join(f"{name}={json.dumps(value, default=str)}" for name, value in call.arguments.items())
    return f"{call.tool}({arguments})"


def _clock(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
