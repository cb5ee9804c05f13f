"""The engine: everything in the ledger in, one diagnosis out, and what it would ask next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mcp_servers.contract.facts import Subject, SubjectKey
from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis import abduction, standing
from sre_agent.diagnosis import health as healthy
from sre_agent.diagnosis import hypotheses as weighed
from sre_agent.diagnosis.case import Case
from sre_agent.diagnosis.hypotheses import Draft
from sre_agent.diagnosis.links import Links
from sre_agent.diagnosis.scene import Scene
from sre_agent.diagnosis.wanted import looked_for, wanted
from sre_agent.domain.claim import Claim
from sre_agent.domain.diagnosis import Weighing
from sre_agent.domain.finding import Evidence
from sre_agent.failures import Catalogue

TROUBLE = standing.ABNORMAL | standing.PAST
AT_THE_ENTRANCE = frozenset(code for code, entry in OBSERVATIONS.items() if "health" in entry.shows)


class Engine:
    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._last: tuple[tuple[Evidence, ...], Scene, Links] | None = None

    def weigh(
        self,
        focus: list[Subject],
        evidence: Sequence[Evidence],
        *,
        started_at: datetime | None,
        budget_left: int,
        claims: Sequence[Claim] = (),
        unmet: Sequence[str] = (),
    ) -> Weighing:
        """The verdict on what is known so far about `focus`; at most `budget_left` calls that would add to it. `claims`
        are what the signal says of it: nothing is called well that does not answer them. `unmet` says for each name
        of the signal why it led to nothing: without a `focus` there is no cause, whatever is wrong elsewhere."""
        scene, links = self._picture(evidence)
        own, near = links.reach(focus)
        meant = {links.resolve(s).key for s in focus}
        cut_off = any(claim.quantity == "availability" for claim in claims)
        drafts, impossible = weighed.drafts(
            self._catalogue, scene, links, own, near, meant, started_at, unreachable=cut_off
        )
        found = abduction.explained(drafts)
        rivals = _ranked([d for d in found if d.explained_by is None and not d.impossible and d.score > 0])
        health = healthy.judge(scene, links, focus, own, near, started_at, claims)
        case = Case(scene, focus, own, near, found, rivals, impossible, health, started_at, unmet)
        diagnosis = case.diagnosis()
        asking = case.decided(diagnosis) or _ranked(found)
        questions, faults = wanted(asking, scene, started_at=started_at, budget_left=budget_left)
        if diagnosis.verdict != "cause":
            questions += looked_for(claims, focus, scene, budget_left=budget_left - len(questions))
        if faults:
            diagnosis = diagnosis.model_copy(update={"missing": [*diagnosis.missing, *faults]})
        return Weighing(diagnosis=diagnosis, wanted=questions)

    def _picture(self, evidence: Sequence[Evidence]) -> tuple[Scene, Links]:
        """The evidence as one picture; that of the last call is kept, because a sweep weighs one picture many times."""
        known = self._last
        if known is None or not _are_same(known[0], evidence):
            scene = Scene(evidence)
            known = self._last = (tuple(evidence), scene, Links(scene))
        return known[1:]

    def troubled(self, evidence: Sequence[Evidence]) -> list[Subject]:
        """The workloads and other roots of which something is wrong now, those with the most facts first.

        A Service before a troubled workload is no trouble of its own.
        """
        scene, links = self._picture(evidence)
        facts: dict[SubjectKey, int] = {}
        for seen in scene.seen:
            wrong = seen.code in TROUBLE or standing.cuts_off(seen.observation) or seen.code in AT_THE_ENTRANCE
            if wrong and scene.current(seen):
                key = links.workload(seen.subject.key)
                facts[key] = facts.get(key, 0) + 1
        return [
            links.subjects[key] for key in sorted(facts, key=lambda key: (-facts[key], key)) if key in links.subjects
        ]


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


def _are_same(one: Sequence[Evidence], other: Sequence[Evidence]) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))
