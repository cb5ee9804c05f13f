"""What a check is given, and what it answers with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sre_agent.agents.specialist import gaps
from sre_agent.domain.finding import Evidence
from sre_agent.domain.sweep import Trouble

Ask = Callable[[str, str, dict[str, Any]], Awaitable[Evidence]]


@dataclass(frozen=True)
class SweepScope:
    """`ask(server, tool, arguments)` makes one read call. `tools` are those of servers that have them only at times.
    `namespace` is empty for the whole cluster."""

    namespace: str
    now: datetime
    servers: frozenset[str]
    ask: Ask
    tools: frozenset[str] = frozenset()

    def covers(self, *namespaces: str) -> bool:
        """Whether something in these namespaces (empty: in none) belongs to what is looked over."""
        return not self.namespace or self.namespace in namespaces


@dataclass(frozen=True)
class CheckOutcome:
    """`gaps` say what could not be read, and which permission would mend it."""

    troubles: Sequence[Trouble] = ()
    evidence: Sequence[Evidence] = ()
    gaps: Sequence[str] = ()

    @property
    def complete(self) -> bool:
        return not self.gaps


@dataclass(frozen=True)
class SweepCheck:
    """`title` says what it looks at, `permission` what a reader has to be allowed for it. `of_cluster`: of nothing that
    a namespace has, so that a sweep of one namespace leaves it out."""

    name: str
    title: str
    permission: str
    run: Callable[[SweepScope], Awaitable[CheckOutcome]]
    of_cluster: bool = False


def outcome(troubles: Sequence[Trouble], evidence: Sequence[Evidence]) -> CheckOutcome:
    """With the gaps of these calls. A server that nobody configured, and a kind that the cluster does not have, are
    none: there is nothing to look at."""
    real = [item for item in evidence if not is_absent(item)]
    return CheckOutcome(troubles, evidence, [*gaps(real), *_cuts(real)])


def is_absent(item: Evidence) -> bool:
    """Whether there is nothing of the kind to ask."""
    refusal = item.refusal
    return refusal is not None and (refusal.code in ("not_configured", "not_offered") or refusal.kind == "not_found")


def _cuts(evidence: Sequence[Evidence]) -> list[str]:
    parts = [part for item in evidence if item.answer is not None for part in item.answer.coverage]
    return [f"{part.looked_at}: {part.state}. {part.detail}".strip() for part in parts if part.state == "truncated"]
