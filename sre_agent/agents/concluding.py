"""How an inquiry ends: what a model claims, held against the ledger before anybody hears of it.

A claim stays when the evidence that it names exists and holds each name, number and time in it. The rest is dropped and
counted: what a model says is not repeated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel, Field, field_validator

from mcp_servers.contract.bounds import excerpt
from sre_agent.agents.picture import meant
from sre_agent.domain.base import EvidenceId
from sre_agent.domain.finding import Claim, Evidence
from sre_agent.grounds import Source, of_call, tokens
from sre_agent.prompting import printable

STATEMENTS: Final = 12
GAPS: Final = 6
CHARACTERS: Final = 300
_NUMBERS: Final = re.compile(r"\s*[\[(]\s*(?:evidence\s+)?L\d+(?:\s*(?:,|and|\+|;|-)\s*L\d+)*\s*[\])]", re.I)
_NUMBER: Final = re.compile(r"L\d+", re.I)


class Stated(BaseModel):
    text: str = Field(description="one plain sentence; names, numbers and times exactly as the data has them")
    evidence: list[str] = Field(default_factory=list, description="numbers of the evidence that shows it, as L3")

    @field_validator("evidence", mode="before")
    @classmethod
    def _listed(cls, given: Any) -> Any:
        """Some models write `L3, L4` or 3."""
        if isinstance(given, str):
            return _NUMBER.findall(given)
        if isinstance(given, list):
            return [f"L{item}" if isinstance(item, int) else item for item in given]
        return given


class Concluded(BaseModel):
    """What you found out. Call this once, when you know enough or can look no further."""

    claims: list[Stated] = Field(default_factory=list, description="what is the case, the most telling first")
    ruled_out: list[Stated] = Field(default_factory=list, description="what was suspected and is not so")
    gaps: list[str] = Field(default_factory=list, description="what could not be seen, one sentence each")


@dataclass(frozen=True)
class Held:
    """What of a conclusion the ledger holds; `dropped` counts the statements that it does not."""

    claims: list[Claim] = field(default_factory=list)
    ruled_out: list[Claim] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    dropped: int = 0


def held(concluded: Concluded, ledger: Sequence[Evidence]) -> Held:
    """The statements that their own evidence shows, and the gaps that name nothing but what was seen or asked."""
    proof = _Proof(ledger)
    claims, ruled_out = proof.claims(concluded.claims), proof.claims(concluded.ruled_out)
    return Held(claims, ruled_out, proof.gaps(concluded.gaps), proof.dropped)


class _Proof:
    """The ledger as text, each piece read when something is held against it. `dropped` counts what it does not hold."""

    def __init__(self, ledger: Sequence[Evidence]) -> None:
        self._ledger = {item.id: item for item in ledger}
        self._sources: dict[EvidenceId, Source] = {}
        self.dropped = 0

    def claims(self, stated: Sequence[Stated]) -> list[Claim]:
        """Each once; one that names nothing is nobody's claim about the world."""
        kept: dict[str, Claim] = {}
        for one in stated[:STATEMENTS]:
            text = excerpt(printable(_NUMBERS.sub("", one.text)), CHARACTERS)
            within = _NUMBER.findall(" ".join(_NUMBERS.findall(one.text)))
            evidence = meant(list(self._ledger.values()), [*one.evidence, *within])
            if evidence and tokens(text) and self._hold(evidence, text):
                kept.setdefault(text, Claim(text=text, evidence=evidence))
            else:
                self.dropped += 1
        return list(kept.values())

    def gaps(self, told: Sequence[str]) -> list[str]:
        texts = [excerpt(printable(gap), CHARACTERS) for gap in told[:GAPS] if gap.strip()]
        kept = [text for text in texts if self._hold(self._ledger, text)]
        self.dropped += len(texts) - len(kept)
        return list(dict.fromkeys(kept))

    def _hold(self, evidence: Iterable[EvidenceId], text: str) -> bool:
        sources = [self._source(id_) for id_ in evidence]
        return all(any(source.holds(token) for source in sources) for token in tokens(text))

    def _source(self, id_: EvidenceId) -> Source:
        if id_ not in self._sources:
            self._sources[id_] = of_call(self._ledger[id_])
        return self._sources[id_]
