"""A report of checks in words: its headline, and all of it as Markdown with what is wrong first."""

from __future__ import annotations

from typing import Final

from sre_agent.ops.check import OpsState
from sre_agent.ops.running import OpsReport, OpsVerdict

WORDS: Final[dict[OpsState, str]] = {
    "problem": "problem",
    "warning": "warning",
    "unseen": "not checked",
    "ok": "ok",
    "not_set_up": "not set up",
}
VERDICTS: Final[dict[OpsVerdict, str]] = {
    "well": "Nothing is wrong.",
    "wrong": "Something is wrong.",
    "well_as_far_as_seen": "Nothing is wrong in what could be checked, and not everything could.",
}


def title(report: OpsReport) -> str:
    return "audit" if report.occasion == "audit" else f"{report.occasion} checks"


def headline(report: OpsReport) -> str:
    counts = [f"{count} {WORDS[state]}" for state in WORDS if (count := report.count(state))]
    return f"{VERDICTS[report.verdict]} {len(report.results)} checks: {', '.join(counts)}."


def as_markdown(report: OpsReport) -> str:
    """Texts from outside are escaped, as in the report of an incident."""
    from sre_agent.reports.markdown import template  # noqa: PLC0415 - jinja2

    return template("operations.md").render(
        report=report, title=title(report), headline=headline(report), results=report.worst_first, words=WORDS
    )
