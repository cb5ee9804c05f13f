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
    lacking = [covered for covered in coverage if covered.state != "complete"]
    if not lacking:
        return ""
    told = [f"{covered.looked_at} ({_why(covered)})" for covered in lacking[:GAP_LIMIT]]
    more = [f"{len(lacking) - GAP_LIMIT} more"] if len(lacking) > GAP_LIMIT else []
    return f"Not checked: {'; '.join([*told, *more])}."


def _why(covered: Coverage) -> str:
    """For a refusal who lacks which verb, for the rest what was said."""
    if covered.state == "denied" and (who := _WHO.search(covered.detail)):
        return f"denied: {who[1]} may not {who[2]} them"
    said = excerpt(covered.detail, WHY).rstrip(".")
    return f"{covered.state}: {said}" if said else covered.state
