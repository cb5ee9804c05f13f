"""What one run of a scenario left behind: the evidence, what it was about, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from mcp_servers.contract.facts import Subject
from sre_agent import failures
from sre_agent.diagnosis import Engine
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Evidence
from sre_agent.domain.incident import Incident
from sre_agent.domain.model_call import ModelCall
from sre_agent.domain.report import Report
from sre_agent.failures import Catalogue
from sre_agent.graph.evidence import VERIFIER
from sre_agent.model import Opener
from sre_agent.record import flight_record
from sre_agent.signing import open_key
from sre_lab import scenario
from sre_lab.scenario.expectation import ExpectedResponse
from tests.ground import servers_within
from tests.incidents.conftest import Stage
from tests.labs import standing_lab

CATALOGUE = failures.load()
ENGINE = Engine(CATALOGUE)
REHEARSED = ("concert-hall",)  # scenarios in which a rehearsal decides how it ends


@dataclass(frozen=True)
class Case:
    """`evidence` is all that was seen before anything was written."""

    name: str
    focus: tuple[Subject, ...]
    evidence: tuple[Evidence, ...]
    started_at: datetime
    expected: ExpectedResponse

    def weigh(self, engine: Engine = ENGINE) -> Diagnosis:
        weighing = engine.weigh(list(self.focus), self.evidence, started_at=self.started_at, budget_left=0)
        return weighing.diagnosis

    def rightly(self, diagnosis: Diagnosis) -> bool:
        """Whether what the diagnosis leads with is a cause of the scenario."""
        hypothesis = diagnosis.hypothesis
        return hypothesis is not None and any(
            cause.is_named(hypothesis.failure_class, hypothesis.subject.short) for cause in self.expected.causes
        )

    def with_evidence(self, evidence: list[Evidence]) -> Case:
        return replace(self, evidence=tuple(evidence))


@dataclass(frozen=True, repr=False)  # asyncio writes out what a task brought, at its end
class Told:
    """A whole run: the case, its end, what was asked of people, and whether the alarm is off a minute later.

    `ledger` is all that was seen, what was seen after a write too; `flight` the incident as a signed file.
    """

    case: Case
    incident: Incident
    report: Report
    ledger: tuple[Evidence, ...]
    approval_asked: bool
    alarm_off: bool
    model_calls: tuple[ModelCall, ...] = ()
    flight: bytes = b""


async def run(
    name: str, folder: Path, file: Path | None = None, *, open_model: Opener | None = None, **settings: Any
) -> Told:
    """The scenario through the product, from its alarm to its end; `file` is a changed form of it.

    Each run has a lab of its own. From the second one of a scenario on its past is not simulated again.
    """
    expected = scenario.load(name).expected
    assert expected is not None
    with standing_lab(file or name, folder / "lab") as lab, servers_within():
        stage = Stage(lab, folder)
        settings = {"rehearsal": "on" if name in REHEARSED else "off", **settings}
        async with stage.runtime(open_model=open_model, **settings) as runtime:
            incident, report = await stage.respond(runtime)
            ledger = await runtime.store.ledger(incident.id)
            model_calls = await runtime.store.model_calls(incident=incident.id)
            flight = await flight_record.collect(runtime.store, incident, open_key(folder / "state" / "record.key"))
        assert report is not None
        if incident.status == "remediated":
            lab.control.advance(60)
        alarm = next(a for a in lab.control.state()["alarms"] if a["name"] == lab.endpoints.trigger)
    evidence = tuple(e for e in ledger if e.agent != VERIFIER)
    started = min(incident.signals[0].started_at or incident.opened_at, incident.opened_at)
    return Told(
        case=Case(name, tuple(incident.subjects), evidence, started, expected),
        incident=incident,
        report=report,
        ledger=tuple(ledger),
        approval_asked=any(e.kind == "approval.asked" for e in stage.events),
        alarm_off=alarm["state"] == "OK",
        model_calls=tuple(model_calls),
        flight=flight,
    )


def without(failure_class: str) -> Engine:
    """An engine that has never heard of this class."""
    return Engine(Catalogue([kind for kind in CATALOGUE if kind.name != failure_class]))


def head_of(diagnosis: Diagnosis) -> tuple[str, str, str, float]:
    """The verdict, the class, its subject, and the confidence."""
    hypothesis = diagnosis.hypothesis
    if hypothesis is None:
        return diagnosis.verdict, "", "", 0.0
    return diagnosis.verdict, hypothesis.failure_class, hypothesis.subject.short, hypothesis.confidence
