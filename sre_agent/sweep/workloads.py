"""The look at the workloads: everything unhealthy in a cluster, told as causes with their symptoms.

One triage reads the cluster in pages; the same engine that judges incidents then judges each troubled workload, asks
the few calls that would decide it, and what follows from another's cause is told with that cause.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mcp_servers.contract.facts import Subject
from sre_agent.agents.roster import Specialist
from sre_agent.agents.specialist import gaps
from sre_agent.diagnosis import Engine, recency
from sre_agent.domain.base import IncidentId
from sre_agent.domain.claim import AlarmClaim
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Evidence, EvidenceRequest
from sre_agent.domain.sweep import Trouble
from sre_agent.errors import ToolsUnavailableError
from sre_agent.sweep.severity import severity_of_trouble
from sre_agent.toolbox.toolbox import Toolbox

AGENT, SERVER, TRIAGE = "kubernetes", "kubernetes", "kubectl_triage"
ENTRANCE = "kubectl_entrance"
EVERYTHING = (
    AlarmClaim(quantity="health", statement="", read_from="text"),
)  # nobody complains: all of it is asked about
PAGES: Final = 40  # of one triage
SUBJECT_LIMIT: Final = 60  # troubled subjects; the rest are only counted
CALLS_EACH: Final = 3  # that may decide one trouble


@dataclass(frozen=True)
class WorkloadOutcome:
    """`evidence` is all that was read, `counts` the objects that were looked at, by kind."""

    troubles: list[Trouble]
    evidence: list[Evidence]
    gaps: list[str]
    hygiene: list[str]
    counts: dict[str, int]


class WorkloadLook:
    def __init__(self, toolbox: Toolbox, engine: Engine, roster: Mapping[str, Specialist]) -> None:
        self._toolbox, self._engine, self._roster = toolbox, engine, roster

    async def take(self, name: IncidentId, namespace: str, *, hygiene: bool) -> WorkloadOutcome:
        """ToolsUnavailableError when the cluster cannot be read at all."""
        pages = await self._triage(name, namespace, hygiene)
        if all(page.answer is None for page in pages):
            raise ToolsUnavailableError(f"The cluster could not be read: {pages[0].error}")
        pages = [*pages, *await self._at_the_entrance(name, namespace, pages)]
        focus = self._engine.subjects_in_trouble(pages)
        answers = await self._ask(name, focus[:SUBJECT_LIMIT], pages)
        evidence = [*pages, *answers]
        troubles = troubles_of([self._weigh(subject, evidence) for subject in focus[:SUBJECT_LIMIT]], focus)
        return WorkloadOutcome(
            troubles=[
                trouble.model_copy(update={"severity": severity_of_trouble(trouble.touches, evidence)})
                for trouble in troubles
            ],
            evidence=evidence,
            gaps=gaps(pages) + _unread(pages) + _focus_gap(focus),
            hygiene=_hygiene(pages),
            counts=_counts(pages),
        )

    def root(self, subject: Subject, evidence: Sequence[Evidence]) -> Subject:
        """The workload that a pod belongs to, as far as these calls show it; else the subject itself."""
        return self._engine.workload(subject, evidence)

    async def _triage(self, name: IncidentId, namespace: str, hygiene: bool) -> list[Evidence]:
        """The pages of one triage, each a record of its own."""
        answers: list[Evidence] = []
        arguments: dict[str, Any] = {"namespace": namespace, "hygiene": hygiene}
        while len(answers) < PAGES:
            page = await self._toolbox.ask(name, 0, AGENT, SERVER, TRIAGE, dict(arguments))
            answers.append(page)
            cursor = page.answer.data.get("cursor") if page.answer is not None else None
            if not cursor:
                break
            arguments["cursor"] = cursor
        return answers

    async def _at_the_entrance(self, name: IncidentId, namespace: str, pages: Sequence[Evidence]) -> list[Evidence]:
        """What the entrance logs of requests to a namespace that Ingresses lead to: its pods do not see these fail."""
        if not namespace or not _counts(pages).get("Ingress"):
            return []
        return [await self._toolbox.ask(name, 0, AGENT, SERVER, ENTRANCE, {"namespace": namespace})]

    async def _ask(self, name: IncidentId, focus: Sequence[Subject], pages: Sequence[Evidence]) -> list[Evidence]:
        """The calls that would decide, each once, all together."""
        requests: dict[str, EvidenceRequest] = {}
        for subject in focus:
            weighing = self._engine.weigh([subject], pages, started_at=None, budget_left=CALLS_EACH, claims=EVERYTHING)
            for request in weighing.follow_ups[:CALLS_EACH]:
                requests.setdefault(f"{request.tool} {sorted(request.arguments.items())}", request)
        return list(await asyncio.gather(*(self._call(name, request) for request in requests.values())))

    async def _call(self, name: IncidentId, request: EvidenceRequest) -> Evidence:
        server = self._roster[request.agent].server_of(request.tool)
        return await self._toolbox.ask(name, 1, request.agent, server, request.tool, dict(request.arguments))

    def _weigh(self, subject: Subject, evidence: Sequence[Evidence]) -> Diagnosis:
        return self._engine.weigh([subject], evidence, started_at=None, budget_left=0, claims=EVERYTHING).diagnosis


def troubles_of(diagnoses: Sequence[Diagnosis], focus: Sequence[Subject]) -> list[Trouble]:
    """One trouble a cause, the surest first, then what nothing explains; what follows from a cause is its symptom."""
    causes: dict[tuple[str, str], Trouble] = {}
    open_: list[Trouble] = []
    for subject, diagnosis in zip(focus, diagnoses, strict=False):
        hypothesis = diagnosis.hypothesis
        if diagnosis.verdict == "cause" and hypothesis is not None:
            key = (hypothesis.failure_class, hypothesis.subject.short)
            earlier = causes.get(key)
            symptoms = [*(earlier.symptoms if earlier else ()), *hypothesis.explains]
            if subject.short != hypothesis.subject.short:
                symptoms.append(subject.short)
            causes[key] = Trouble(
                verdict="cause",
                subject=hypothesis.subject,
                failure_class=hypothesis.failure_class,
                confidence=max(hypothesis.confidence, earlier.confidence if earlier else 0.0),
                statement=hypothesis.statement,
                symptoms=list(dict.fromkeys(symptoms)),
                since=hypothesis.since,
                evidence=list(dict.fromkeys([*(earlier.evidence if earlier else ()), *diagnosis.evidence])),
            )
        elif diagnosis.verdict == "inconclusive":
            open_.append(
                Trouble(
                    verdict="unexplained", subject=subject, statement=diagnosis.statement, evidence=diagnosis.evidence
                )
            )
    explained_names = {symptom.rpartition(" ")[2] for trouble in causes.values() for symptom in trouble.symptoms}
    rest = [trouble for trouble in open_ if trouble.subject.short not in explained_names]
    return [*sorted(causes.values(), key=lambda t: (-t.confidence, t.subject.short)), *rest]


def _hygiene(pages: Sequence[Evidence]) -> list[str]:
    observations = [o for page in pages if page.answer for o in page.answer.observations if o.code in recency.HYGIENE]
    return [f"{o.subject.short}: {o.code.partition('.')[2]} {o.excerpt}".strip() for o in observations]


def _counts(pages: Sequence[Evidence]) -> dict[str, int]:
    counts: dict[str, int] = next((page.answer.data.get("looked_at", {}) for page in pages if page.answer), {})
    return counts


def _unread(pages: Sequence[Evidence]) -> list[str]:
    """What the triage read only in part, and groups of it that were not fetched."""
    answers = [page.answer for page in pages if page.answer]
    gaps = [f"{c.looked_at}: {c.state}. {c.detail}" for a in answers for c in a.coverage if c.state == "truncated"]
    left = answers[-1].left_out.get("groups", 0) if answers else 0
    return list(dict.fromkeys(gaps)) + (
        [f"{left} more groups of the triage. They come after page {PAGES}."] if left else []
    )


def _focus_gap(focus: Sequence[Subject]) -> list[str]:
    left = [subject.short for subject in focus[SUBJECT_LIMIT:]]
    return [f"{len(left)} more subjects with problems were not judged: {', '.join(left[:5])} …"] if left else []
