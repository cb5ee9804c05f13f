"""What a triage could not look at, in words: where it was not looked, nothing is known to be well."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Coverage

GAP_LIMIT: Final = 6  # gaps that are named
WHY: Final = 160
_WHO: Final = re.compile(r'User "([^"]+)" cannot (\w+)')


def in_words(coverage: Sequence[Coverage]) -> str:
    """The sentence that names what was not seen, or only in part, and why; empty where everything was."""
    lacking = [entry for entry in coverage if entry.state != "complete"]
    if not lacking:
        return ""
    gaps = [f"{entry.looked_at} ({_why(entry)})" for entry in lacking[:GAP_LIMIT]]
    more = [f"{len(lacking) - GAP_LIMIT} more"] if len(lacking) > GAP_LIMIT else []
    return f"Not checked: {'; '.join([*gaps, *more])}."


def _why(entry: Coverage) -> str:
    """For a refusal who lacks which verb, for the rest what was said."""
    if entry.state == "denied" and (who := _WHO.search(entry.detail)):
        return f"denied: {who[1]} may not {who[2]} them"
    text = excerpt(entry.detail, WHY).rstrip(".")
    return f"{entry.state}: {text}" if text else entry.state
