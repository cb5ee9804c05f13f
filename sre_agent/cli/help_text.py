"""What the help of a verb ends with: calls to copy, and what its exit status means."""

from __future__ import annotations

from sre_agent.cli import exits


def examples(*calls: str, meaning: str = exits.LISTED) -> str:
    """`calls` without the name of the command; `meaning` is a text of `exits.meaning`."""
    return "\n\n".join(["Examples:", *(f"  sre-agent {call}" for call in calls), meaning])
