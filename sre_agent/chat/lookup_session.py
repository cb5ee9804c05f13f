"""What an answer is looked up with: one question's calls, each kept as evidence and numbered when it is cited."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt as brief
from mcp_servers.contract.facts import Subject
from sre_agent.clock import Clock
from sre_agent.domain.base import EvidenceId, IncidentId
from sre_agent.domain.finding import Evidence
from sre_agent.domain.report import EvidenceLine
from sre_agent.toolbox.toolbox import Toolbox

AGENTS: Final = {"kubernetes": "kubernetes", "cloudwatch": "logs", "prometheus": "metrics", "ssm": "runbooks"}
EXCERPT: Final = 300
_KIND: Final = re.compile(r"^\[[a-z_]+\] ")
Data = dict[str, Any]


class LookupSession:
    """`name` keeps this question's calls apart from all others: a question is always answered by a fresh look."""

    def __init__(self, toolbox: Toolbox, clock: Clock, name: str) -> None:
        self._toolbox, self._clock = toolbox, clock
        self._name = IncidentId(name)
        self.now: datetime = clock.now()
        self.ledger: list[Evidence] = []
        self._cited: dict[str, EvidenceLine] = {}

    @property
    def servers(self) -> list[str]:
        return self._toolbox.servers

    async def look_up(self, server: str, tool: str, **arguments: Any) -> Evidence:
        """The evidence of one read call; the same call within a question is made once."""
        return await self.call(server, tool, arguments)

    async def call(self, server: str, tool: str, arguments: Data, *, by_model: bool = False) -> Evidence:
        """As `ask`, with arguments that somebody else wrote."""
        evidence = await self._toolbox.ask(
            self._name, 0, AGENTS[server], server, tool, arguments, by_model=by_model, waits=False
        )
        if all(other.id != evidence.id for other in self.ledger):
            self.ledger.append(evidence)
        return evidence

    async def select(self, kind: str, namespace: str = "", **slots: Any) -> Evidence:
        """Objects of a kind; only the slots that are set are sent."""
        nonempty = {name: value for name, value in slots.items() if value not in (None, "", [])}
        return await self.look_up("kubernetes", "kubectl_select", kind=kind, namespace=namespace, **nonempty)

    def cite(self, evidence: Evidence, excerpt: str = "") -> str:
        """The mark of an evidence in a text: `[E1]`. `excerpt` is what of it shows the fact, in the source's words."""
        return self.adopt(line_of(evidence, excerpt))

    def adopt(self, line: EvidenceLine) -> str:
        """The mark of a line that an investigation or an earlier answer brought; a call that showed the same before
        is the same line."""
        alike = (one for one in self._cited.values() if _shows(one) == _shows(line))
        cited_line = self._cited.get(line.id) or next(alike, None)
        if cited_line is None:
            cited_line = line.model_copy(update={"number": f"E{len(self._cited) + 1}"})
            self._cited[line.id] = cited_line
        return f"[{cited_line.number}]"

    async def recall(self, id_: EvidenceId) -> str:
        """The mark of a call that somebody else made; empty when it is not kept."""
        evidence = await self._toolbox.stored_evidence(id_)
        return self.cite(evidence) if evidence is not None else ""

    @property
    def evidence(self) -> list[EvidenceLine]:
        return list(self._cited.values())

    @property
    def looked_at(self) -> list[str]:
        return lookup_lines(self.ledger)


def plain(error: str) -> str:
    """An error of a tool as people are told it: without the mark of its kind, with a capital."""
    text = _KIND.sub("", error)
    return text[:1].upper() + text[1:]


def lookup_lines(calls: Sequence[Evidence]) -> list[str]:
    """What was looked at, and what of it could not be seen in full."""
    lines: list[str] = []
    for item in calls:
        if item.answer is None:
            lines.append(f"{item.tool}: {plain(item.error)}")
            continue
        for coverage in item.answer.coverage:
            state = "" if coverage.state == "complete" else f" ({coverage.state}) {coverage.detail}".rstrip()
            lines.append(f"{coverage.looked_at}{state}")
    return list(dict.fromkeys(lines))


def line_of(evidence: Evidence, excerpt: str = "") -> EvidenceLine:
    """A call as evidence that has no number yet; without an excerpt the most telling of what it says."""
    return EvidenceLine(
        number="",
        id=evidence.id,
        agent=evidence.agent,
        server=evidence.server,
        tool=evidence.tool,
        arguments=evidence.arguments,
        excerpt=brief(excerpt or _telling(evidence), EXCERPT),
        failed=evidence.answer is None,
    )


def _shows(line: EvidenceLine) -> tuple[str, Data, str]:
    return line.tool, line.arguments, line.excerpt


def data(evidence: Evidence) -> Data:
    """The structured result; empty where the call failed."""
    return evidence.answer.data if evidence.answer is not None else {}


def rows(evidence: Evidence) -> list[Data]:
    return [row for row in data(evidence).get("items", []) if isinstance(row, dict)]


def subjects_in(evidence: Evidence, kind: str) -> list[Subject]:
    """The things of a kind that a `kubectl_select` has shown."""
    scope = str(data(evidence).get("scope", ""))
    return [
        Subject(scope=scope, kind=kind, namespace=str(row.get("namespace") or ""), name=str(row["name"]))
        for row in rows(evidence)
    ]


def _telling(evidence: Evidence) -> str:
    if evidence.answer is None:
        return evidence.error
    names = [str(row.get("name", "")) for row in rows(evidence)]
    excerpts = [o.excerpt for o in evidence.answer.observations if o.excerpt]
    return ", ".join(names) or "; ".join(excerpts[:2])


def enumeration(words: Sequence[str], most: int = 12) -> str:
    """`a, b and c`; of many the first and how many more."""
    if len(words) > most:
        return f"{', '.join(words[:most])} and {len(words) - most} more"
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else ""
