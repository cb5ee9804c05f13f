"""The engine: everything in the ledger in, one diagnosis out, and what it would ask next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from mcp_servers.contract.facts import Subject, SubjectKey
from sre_agent.diagnosis import health as healthy
from sre_agent.diagnosis import hypotheses as weighed
from sre_agent.diagnosis import standing, statements
from sre_agent.diagnosis.confidence import confidence
from sre_agent.diagnosis.hypotheses import Draft
from sre_agent.diagnosis.links import Keys, Links
from sre_agent.diagnosis.scene import Scene, Seen
from sre_agent.diagnosis.wanted import wanted
from sre_agent.domain.base import EvidenceId
from sre_agent.domain.diagnosis import Diagnosis, Hypothesis, RuledOut, Weighing
from sre_agent.domain.finding import Evidence
from sre_agent.failures import Catalogue

SURE_ENOUGH = 0.5  # below it a leading hypothesis is no cause
TROUBLE = standing.ABNORMAL | standing.PAST
OTHERS = 5
ELSEWHERE = 10


class Engine:
    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def weigh(
        self,
        focus: list[Subject],
        evidence: Sequence[Evidence],
        *,
        started_at: datetime | None,
        budget_left: int,
    ) -> Weighing:
        """The verdict on what is known so far about `focus`; at most `budget_left` calls that would add to it."""
        scene = Scene(evidence)
        links = Links(scene)
        own, near = links.reach(focus)
        meant = {links.resolve(s).key for s in focus}
        found, impossible = weighed.drafts(self._catalogue, scene, links, own, near, meant, started_at)
        rivals = _ranked([d for d in found if d.explained_by is None and not d.impossible and d.score > 0])
        health = healthy.judge(scene, links, focus, own, near, started_at)
        case = _Case(scene, focus, own, near, found, rivals, impossible, health, started_at)
        return Weighing(
            diagnosis=case.diagnosis(),
            wanted=wanted(_ranked(found), scene, started_at=started_at, budget_left=budget_left),
        )

    def troubled(self, evidence: Sequence[Evidence]) -> list[Subject]:
        """The workloads and other roots of which something is wrong now, those with the most facts first.

        A Service before a troubled workload is no trouble of its own.
        """
        scene = Scene(evidence)
        links = Links(scene)
        facts: dict[SubjectKey, int] = {}
        for seen in scene.seen:
            if seen.code in TROUBLE and scene.current(seen):
                key = links.workload(seen.subject.key)
                facts[key] = facts.get(key, 0) + 1
        return [
            links.subjects[key] for key in sorted(facts, key=lambda key: (-facts[key], key)) if key in links.subjects
        ]


class _Case:
    """One weighing, taken apart so that each part of the diagnosis can be read."""

    def __init__(
        self,
        scene: Scene,
        focus: list[Subject],
        own: Keys,
        near: Keys,
        found: list[Draft],
        rivals: list[Draft],
        impossible: list[RuledOut],
        health: healthy.Health,
        started_at: datetime | None,
    ) -> None:
        self.scene, self.focus, self.own, self.near = scene, focus, own, near
        self.found, self.rivals, self.impossible = found, rivals, impossible
        self.health, self.started_at = health, started_at

    def diagnosis(self) -> Diagnosis:
        current = [d for d in self.rivals if d.current]
        past = [d for d in self.rivals if not d.current and d.believed and any(s.code in TROUBLE for s in d.supporting)]
        verdict, leading = self._verdict(current, past)
        missing = self._missing()
        hypothesis = self._hypothesis(leading) if leading else None
        return Diagnosis(
            verdict=verdict,
            hypothesis=hypothesis,
            others=[self._hypothesis(d) for d in self.rivals if d is not leading][:OTHERS],
            ruled_out=self._ruled_out(),
            missing=missing,
            elsewhere=self._elsewhere()[:ELSEWHERE],
            statement=self._statement(verdict, leading, hypothesis, missing),
            evidence=self._evidence(verdict, leading),
        )

    def _verdict(
        self, current: list[Draft], past: list[Draft]
    ) -> tuple[Literal["cause", "no_fault", "recovered", "inconclusive"], Draft | None]:
        if current and current[0].believed and self._confidence(current[0]) >= SURE_ENOUGH and self._felt(current[0]):
            return "cause", current[0]
        if self.health.well and not current:
            was_wrong = bool(past or self.health.history)
            return ("recovered" if was_wrong else "no_fault"), (past[0] if past else None)
        return "inconclusive", current[0] if current else None

    def _felt(self, draft: Draft) -> bool:
        """Whether the focus has any trouble that a cause elsewhere could explain."""
        if not draft.aside:
            return True
        return any(s.subject.key in self.own for s in self._abnormal())

    def _confidence(self, draft: Draft) -> float:
        others = [
            d.score for d in self.rivals if d is not draft and d.current >= draft.current and d.aside <= draft.aside
        ]
        return confidence(draft.score, max(others, default=0), decisive=draft.decisive)

    def _hypothesis(self, draft: Draft) -> Hypothesis:
        return Hypothesis(
            failure_class=draft.kind.name,
            title=draft.kind.title,
            subject=draft.subject,
            score=draft.score,
            confidence=self._confidence(draft),
            decisive=draft.decisive,
            terms=list(draft.terms),
            explains=[
                *weighed.symptoms(draft),
                *(f"{d.kind.name} {d.subject.short}" for d in self.found if _same(d.explained_by, draft)),
            ],
            statement=statements.of_cause(draft, started_at=self.started_at),
            since=draft.since,
        )

    def _statement(self, verdict: str, leading: Draft | None, hypothesis: Hypothesis | None, missing: list[str]) -> str:
        if verdict == "cause" and hypothesis is not None:
            return hypothesis.statement
        if verdict in ("no_fault", "recovered"):
            return statements.of_health(self.focus, self.health, leading)
        wrong = [s for s in self._abnormal() if s.subject.key in self.near]
        return statements.of_doubt(self.focus, wrong, leading, missing or self.health.against)

    def _ruled_out(self) -> list[RuledOut]:
        found = list(self.impossible)
        for draft in self.found:
            why = draft.impossible
            if not why and draft.explained_by is not None:
                cause = draft.explained_by
                why = f"follows from {cause.kind.name} on {cause.subject.short}"
            elif not why and draft.score <= 0:
                why = "more speaks against it: " + ", ".join(t.observation for t in draft.terms if t.weight < 0)
            if why:
                found.append(RuledOut(failure_class=draft.kind.name, subject=draft.subject.short, why=why))
        return found

    def _abnormal(self) -> list[Seen]:
        return [
            s
            for s in self.scene.seen
            if s.code in standing.ABNORMAL or (s.code in standing.PAST and self.scene.current(s))
        ]

    def _elsewhere(self) -> list[str]:
        found = [statements.elsewhere(s) for s in self._abnormal() if s.subject.key not in self.near]
        return list(dict.fromkeys(found))

    def _missing(self) -> list[str]:
        """What could not be seen, one sentence each."""
        found = [e.error for e in self.scene.failed()]
        found += [f"{c.looked_at}: {c.state}. {c.detail}".strip() for _, c in self.scene.gaps()]
        found += [
            f"{s.subject.short} has no data, which is no sign of health."
            for s in self.scene.with_code("metric.missing", "alarm.no_data")
            if s.subject.key in self.near
        ]
        return list(dict.fromkeys(found))

    def _evidence(self, verdict: str, leading: Draft | None) -> list[EvidenceId]:
        if verdict in ("no_fault", "recovered"):
            seen = [*self.health.proof, *self.health.history]
            return list(dict.fromkeys(s.evidence for s in seen))
        if leading is None:
            return list(dict.fromkeys(s.evidence for s in self._abnormal() if s.subject.key in self.near))
        return list(dict.fromkeys(t.evidence for t in leading.terms if t.evidence))


def _same(one: Draft | None, other: Draft) -> bool:
    return one is not None and one.kind is other.kind and one.subject == other.subject


def _ranked(found: list[Draft]) -> list[Draft]:
    """Current before past, unexplained before explained, near before aside, then by score, then by name."""
    return sorted(
        found,
        key=lambda d: (
            not d.current,
            d.explained_by is not None,
            bool(d.impossible),
            d.aside,
            -d.score,
            d.kind.name,
            d.subject.short,
        ),
    )
