"""Display numbers: evidence is E1, E2 ... in the order in which the report cites it, and only what is in the ledger
can be cited at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mcp_servers.contract.bounds import excerpt
from sre_agent.domain.base import EvidenceId
from sre_agent.domain.finding import Claim, Evidence
from sre_agent.domain.report import EvidenceLine

EXCERPTS = 3  # of one piece of evidence


class Citations:
    def __init__(self, ledger: Sequence[Evidence]) -> None:
        self._ledger = {item.id: item for item in ledger}
        self._numbers: dict[str, str] = {}
        self._excerpts: dict[str, list[str]] = {}

    def number(self, evidence: str, shows: str = "") -> str:
        """The display number of an entry of the ledger, given at the first citation; empty for what is not in it.

        `shows` is the text of the source that is cited.
        """
        if evidence not in self._ledger:
            return ""
        shown = self._excerpts.setdefault(evidence, [])
        if shows and shows not in shown and len(shown) < EXCERPTS:
            shown.append(shows)
        return self._numbers.setdefault(evidence, f"E{len(self._numbers) + 1}")

    def claim(self, claim: Claim) -> Claim | None:
        """The claim with display numbers; None when nothing in the ledger shows it."""
        numbers = [EvidenceId(number) for number in map(self.number, claim.evidence) if number]
        return claim.model_copy(update={"evidence": numbers}) if numbers else None

    def numbers(self, evidence: Iterable[str]) -> list[str]:
        return [number for number in map(self.number, evidence) if number]

    def lines(self) -> list[EvidenceLine]:
        """All that was cited, in order."""
        return [self._line(number, self._ledger[EvidenceId(id_)]) for id_, number in self._numbers.items()]

    def _line(self, number: str, item: Evidence) -> EvidenceLine:
        return EvidenceLine(
            number=number,
            id=item.id,
            agent=item.agent,
            server=item.server,
            tool=item.tool,
            arguments=item.arguments,
            excerpt="\n".join(self._excerpts.get(item.id, []) or _telling(item)),
        )


def _telling(item: Evidence) -> list[str]:
    """The source's own words, where its observations quote any; a table that a tool drew is nobody's words."""
    if item.answer is None:
        return [excerpt(item.error)] if item.error else []
    quoted = [observation.excerpt for observation in item.answer.observations if observation.excerpt]
    return list(dict.fromkeys(quoted))[:EXCERPTS]
