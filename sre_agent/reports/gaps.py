"""What could not be seen, which call says so, and what that means for the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Evidence


@dataclass(frozen=True)
class Gap:
    """`evidence` and `server` are empty where no call says it; `of_tools`: the MCP server itself was in trouble."""

    text: str
    evidence: str = ""
    server: str = ""
    of_tools: bool = False


def gaps(texts: Iterable[str], ledger: Sequence[Evidence]) -> list[Gap]:
    """Each once, with the call that failed or that did not cover it. What a later try brought is no gap any more."""
    by_text: dict[str, Evidence] = {}
    for item in ledger:
        if item.error:
            by_text.setdefault(item.error, item)
        for coverage in item.answer.coverage if item.answer else []:
            by_text.setdefault(f"{coverage.looked_at}: {coverage.state}. {coverage.detail}".strip(), item)
    refusals = {str(refusal) for item in ledger for refusal in item.earlier_refusals}
    unique = [text for text in dict.fromkeys(texts) if text and (text in by_text or text not in refusals)]
    return [_said_by(by_text[text], text) if text in by_text else Gap(text) for text in unique]


def _said_by(item: Evidence, text: str) -> Gap:
    of_tools = item.refusal is not None and item.refusal.is_of_the_mcp_server
    return Gap(text, item.id, item.server, of_tools)


def meaning(gap_list: Sequence[Gap], diagnosis: Diagnosis) -> str:
    """What the gaps take from the verdict; empty without any."""
    if not gap_list:
        return ""
    if diagnosis.verdict in ("inconclusive", "proposed"):
        return "What could not be read may be decisive, so no cause is accepted without it."
    if diagnosis.verdict in ("no_fault", "recovered"):
        return "What could not be read is not known to be healthy: the verdict covers what was read."
    if diagnosis.hypothesis is not None and diagnosis.hypothesis.decisive:
        return "The cause rests on what was seen; a second cause in what could not be read is not ruled out."
    return "Nothing decisive was seen, and a better cause in what could not be read is not ruled out."
