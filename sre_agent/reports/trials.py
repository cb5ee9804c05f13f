"""What a model is asked for to see how well it tells: finished reports, by the request that production makes.

The calls are of the run that asks, not of the incidents: each language is an agent of its own in the ledger of costs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from pydantic import BaseModel, ConfigDict

from sre_agent.domain.base import IncidentId
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import Report
from sre_agent.model.batch.job import BatchRequest
from sre_agent.prompting import AS_SHIPPED, PromptVersion
from sre_agent.reports.authoring import language_for, request_of
from sre_agent.reports.statements import statements_of

AGENT: Final = "evaluation"


class FinishedRunStore(Protocol):
    """The part of the store that holds what is finished."""

    async def incidents(self, *, limit: int) -> list[Incident]: ...

    async def report(self, incident: IncidentId) -> Report | None: ...


class TrialRequest(BaseModel):
    """Of what an account was asked for; `digest` is that of the report's sentences."""

    model_config = ConfigDict(frozen=True)

    run: str
    incident: IncidentId
    language: str
    digest: str


@dataclass(frozen=True)
class TrialCase:
    """A report that is to be told in this language."""

    report: Report
    tag: str


async def choose_reports(store: FinishedRunStore, limit: int, tags: Sequence[str], configured: str) -> list[TrialCase]:
    """The newest finished incidents that have a report, each in these languages; in that of who asked without any."""
    cases: list[TrialCase] = []
    count, looked_at = 0, limit
    while count < limit:
        cases, count = [], 0
        incidents = await store.incidents(limit=looked_at)
        for incident in incidents:
            report = None if incident.open or incident.status == "answered" else await store.report(incident.id)
            if report is None or count == limit:
                continue
            count += 1
            cases += [TrialCase(report, tag) for tag in tags or [language_for(incident, configured)]]
        if len(incidents) < looked_at:
            break
        looked_at *= 4
    return cases


def requests_of(cases: Iterable[TrialCase], run: str, prompts: PromptVersion = AS_SHIPPED) -> list[BatchRequest]:
    """As production asks for them."""
    requests = []
    for case in cases:
        report = untold(case.report)
        about = TrialRequest(run=run, incident=report.incident, language=case.tag, digest=digest_of(report))
        request = request_of(
            report,
            case.tag,
            prompts,
            id=f"{report.incident} {case.tag}",
            agent=agent_of(case.tag),
            incident=run,
            about=about.model_dump_json(),
        )
        requests.append(request)
    return requests


def agent_of(tag: str) -> str:
    """Who asks for accounts in this language, as the ledger has it."""
    return f"{AGENT} {tag}"


def untold(report: Report) -> Report:
    """The report as it was before a model's account of it was in it."""
    return report.model_copy(update={"summary": [], "words": [], "language": "", "model_notes": []})


def digest_of(report: Report) -> str:
    """Of what the report has to say."""
    return hashlib.sha256("\n".join(one.text for one in statements_of(report)).encode()).hexdigest()[:16]
