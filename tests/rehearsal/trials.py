"""Remedies tried in the twin of a scenario's namespace: harmful ones of our own, and those that the responder takes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from sre_agent.compose import Runtime
from sre_agent.diagnosis import remedies
from sre_agent.domain.action import Call
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.incident import Incident
from sre_agent.domain.rehearsal import Rehearsal
from sre_agent.domain.report import Report
from sre_agent.graph.actions import action_of
from sre_agent.graph.evidence import VERIFIER
from sre_agent.toolbox.results import ToolRefusedError
from tests.ground import servers_within
from tests.incidents.conftest import Stage
from tests.labs import standing_lab

HARMFUL = Path(__file__).with_name("harmful.yaml")
PASSES = 5.0  # seconds for the controllers to notice what was put beside
Json = dict[str, Any]


@dataclass(frozen=True)
class HarmfulRemedy:
    """`beside` is put into the cluster before."""

    scenario: str
    name: str
    tool: str
    arguments: Json
    beside: list[Json] = field(default_factory=list)

    @property
    def kept_aside(self) -> bool:
        return hashlib.sha256(self.name.encode()).digest()[0] % 2 == 1


@dataclass(frozen=True)
class Trial:
    """`rehearsal` is None where the preview turned it down already. `seconds` are of this process's CPU."""

    remedy: HarmfulRemedy
    rehearsal: Rehearsal | None
    seconds: float

    @property
    def is_stopped(self) -> bool:
        return self.rehearsal is not None and self.rehearsal.is_refusal


def harmful() -> dict[str, list[HarmfulRemedy]]:
    """By scenario."""
    document = yaml.safe_load(HARMFUL.read_text(encoding="utf-8"))
    return {scenario: [HarmfulRemedy(scenario, **entry) for entry in entries] for scenario, entries in document.items()}


async def trials(scenario: str, harmful_remedies: list[HarmfulRemedy], folder: Path) -> list[Trial]:
    """Each remedy, proposed for the cause of the scenario's incident, in a lab whose incident nobody has mended."""
    with standing_lab(scenario, folder / "lab") as lab, servers_within():
        stage = Stage(lab, folder)
        async with stage.runtime(writes=False, rehearsal="on") as runtime:
            incident, report = await stage.respond(runtime)
            assert report is not None
            return [await _trial(remedy, stage, runtime, incident, report) for remedy in harmful_remedies]


async def _trial(remedy: HarmfulRemedy, stage: Stage, runtime: Runtime, incident: Incident, report: Report) -> Trial:
    for manifest in remedy.beside:
        stage.lab.control.befall({"apply": [manifest]})
    if remedy.beside:
        stage.lab.control.advance(PASSES)
    cause = _cause(report)
    context = await runtime.runtimes.context(incident, 1)
    option = remedies.Option(
        name=remedy.name,
        failure_class=cause.failure_class,
        call=Call(server="kubernetes", tool=remedy.tool, arguments=remedy.arguments),
        subject=cause.subject,
        purpose=remedy.name,
        reversible=True,
        confidence=cause.confidence,
    )
    try:
        preview = await runtime.toolbox.preview_reading(option.call)
    except ToolRefusedError:
        return Trial(remedy, None, 0.0)
    evidence = [item for item in await runtime.store.ledger(incident.id) if item.agent != VERIFIER]
    assert context.rehearsals is not None
    began = time.process_time()
    rehearsal = await context.rehearsals.rehearse(action_of(option, preview), cause, evidence, context.catalogue)
    return Trial(remedy, rehearsal, time.process_time() - began)


def _cause(report: Report) -> Hypothesis:
    cause = next(_causes(report), None)
    assert cause is not None, report.statement
    return cause


def _causes(report: Report) -> Iterator[Hypothesis]:
    yield from report.diagnosis.to_mend
    if report.diagnosis.leading is not None:
        yield report.diagnosis.leading
