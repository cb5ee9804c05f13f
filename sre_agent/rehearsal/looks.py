"""Looks at a twin by the calls that prove healing in production, and by the same checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

from mcp_servers.contract.observations import OBSERVATIONS
from mcp_servers.contract.observations.logs import LOGS
from sre_agent.diagnosis import recovery
from sre_agent.diagnosis.recovery import RecoveryEvidence, RemedyWrite
from sre_agent.domain.action import Action
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.finding import Evidence, EvidenceRequest
from sre_agent.domain.verification import Check, Verification
from sre_agent.failures import Catalogue
from sre_agent.rehearsal.twin import SERVER, Twin

VERIFIER: Final = "verifier"
TRIAGE: Final = "kubectl_triage"
PAGES: Final = 5
OF_LOGS: Final = frozenset({"kubectl_logs", "kubectl_study_logs", "kubectl_callees", "kubectl_callers"})  # not copied
WORDS: Final = frozenset(entry.code for entry in LOGS)  # of programs, which a copy does not hear
LONG_AGO: Final = datetime(1970, 1, 2, tzinfo=UTC)


@dataclass
class TwinLooks:
    """What is asked of a twin about one cause. `evidence` is what the investigation saw in the live cluster."""

    twin: Twin
    catalogue: Catalogue
    action: Action
    cause: Hypothesis
    evidence: Sequence[Evidence]
    before: list[Evidence] = field(default_factory=list)
    baseline: list[Evidence] = field(default_factory=list)
    worse_elsewhere: list[str] = field(default_factory=list)  # in the last look at the whole namespace

    @cached_property
    def kinds(self) -> Catalogue:
        """The class of the cause, healed by what Kubernetes shows of it alone where that is anything."""
        kind = self.catalogue[self.action.failure_class]
        lines = [line for line in kind.recovered_when if not {line.present, line.absent} & WORDS]
        return Catalogue([kind.model_copy(update={"recovered_when": lines or kind.recovered_when})])

    async def take_baseline(self) -> None:
        """The twin as it is before the write."""
        self.before = await self._ask_again()
        self.baseline = await self._namespace()

    def missing_signs(self) -> list[str]:
        """What is wrong in the live cluster and not in the twin, as the class's own checks have it; one sentence too
        where these find nothing wrong in the live cluster."""
        if self.cause.subject.scope != self.action.scope:
            return [f"{self.cause.subject.short} is not in it"]
        live = [check.what for check in self._checks(self._of_cluster()) if check.ok is False]
        here = {check.what for check in self._checks(self.before) if check.ok is False}
        if not live:
            return ["no check of the cause reads what is wrong from Kubernetes"]
        return [what for what in live if what not in here]

    async def verification(self, since: datetime, well_since: datetime | None, *, whole: bool) -> Verification:
        """Every check at the twin's present; with the namespace around it where the look is `whole`."""
        write = self._write(since, well_since)
        around = await self._namespace() if whole else []
        baseline = self.baseline if whole else []
        now = await self._ask_again()
        evidence = RecoveryEvidence(before=self.before, now=now, baseline=baseline, around=around)
        self.worse_elsewhere = recovery.worse_elsewhere(write, evidence)
        return recovery.verify(self.kinds, write, evidence, self.twin.now)

    def healthy_revisions(self) -> set[tuple[str, int]]:
        """(Deployment, revision) of which the investigation saw that its pods ran well."""
        name = self.action.target.subject.rpartition("/")[2]
        facts = [fact for item in self.evidence if item.answer is not None for fact in item.answer.observations]
        numbers = {
            str(fact.attributes["revision"])
            for fact in facts
            if fact.subject.name == name
            and "revision" in fact.attributes
            and OBSERVATIONS[fact.code].polarity == "well"
        }
        return {(name, int(number)) for number in numbers if number.isdigit()}

    def _checks(self, evidence: Sequence[Evidence]) -> list[Check]:
        write = self._write(LONG_AGO, None)
        return recovery.verify(self.kinds, write, RecoveryEvidence([], evidence), self.twin.now).checks

    def _write(self, since: datetime, well_since: datetime | None) -> RemedyWrite:
        namespace = self.twin.namespace
        return RemedyWrite(self.action.failure_class, self.cause.subject, since, namespace, None, well_since)

    def _of_cluster(self) -> list[Evidence]:
        """What a program writes is not copied: nothing is concluded from its silence."""
        return [item for item in self.evidence if item.server == SERVER and item.tool not in OF_LOGS]

    async def _ask_again(self) -> list[Evidence]:
        requests = recovery.calls(self._of_cluster(), self.cause.subject, until=self.twin.now)
        return [await self._ask(request) for request in requests]

    async def _ask(self, request: EvidenceRequest) -> Evidence:
        return await self.twin.ask(request.agent, request.tool, dict(request.arguments))

    async def _namespace(self) -> list[Evidence]:
        arguments: dict[str, Any] = {"namespace": self.twin.namespace}
        pages: list[Evidence] = []
        while len(pages) < PAGES:
            pages.append(page := await self.twin.ask(VERIFIER, TRIAGE, dict(arguments)))
            arguments["cursor"] = page.answer.data.get("cursor") if page.answer is not None else None
            if not arguments["cursor"]:
                break
        return pages
