"""One live namespace: its incident, the rehearsal of one remedy, and what that remedy then does to it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from sre_agent import entrances
from sre_agent.cli.drive import drive
from sre_agent.cli.view import SilentView
from sre_agent.compose import Runtime
from sre_agent.diagnosis import remedies
from sre_agent.domain.action import Action, Call
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.incident import Incident
from sre_agent.domain.rehearsal import Rehearsal
from sre_agent.domain.report import Report
from sre_agent.graph.actions import action_of
from sre_agent.graph.evidence import VERIFIER
from sre_agent.rehearsal import twin
from sre_agent.rehearsal.opening import LazyRehearsals
from sre_agent.toolbox.results import ToolRefusedError
from sre_lab import history
from sre_lab.kubernetes import request_counts
from sre_lab.world import World
from tests.rehearsal.live.draw import CHANGED, LiveDraw
from tests.rehearsal.live.family import BrokenNamespace, LiveTrial, RemedyCall
from tests.rehearsal.live.truth import is_healed, live_state, losses
from tests.rehearsal.twins import TwinDiagnosis, twin_diagnosis
from tests.worlds.running import CLUSTER, MOMENT, Ground, WorldClock

WATCHED: Final = 660.0  # seconds after the write: longer than any class waits, and than a rollout has


@dataclass(frozen=True)
class LiveResult:
    """`cause` is empty where the investigation believed none; `rehearsal` is None where the preview turned the remedy
    down. `healed` and `losses` are what happened. `seconds` are of this process's CPU, of the rehearsal alone."""

    trial: LiveTrial
    cause: str
    twin: TwinDiagnosis | None
    rehearsal: Rehearsal | None = None
    call: RemedyCall = ("", {})
    healed: bool = False
    losses: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def came_true(self) -> bool | None:
        """None where nothing was claimed."""
        if self.rehearsal is None:
            return None
        harmless = not self.losses
        truth = {"heals": self.healed and harmless, "would_not_heal": not self.healed, "harms": not harmless}
        return truth.get(self.rehearsal.result)


@dataclass(frozen=True)
class LiveRehearsal:
    """A rehearsal, and the verbs of the requests that it made of the live API server, as that counted them."""

    rehearsal: Rehearsal
    verbs: set[str]


def rehearsal_in(trial: LiveTrial, ground: Ground, change: Callable[[World, str], None]) -> LiveRehearsal:
    """What is said of the remedy after something else has changed in the world, which is given with the namespace."""
    draw, broken_namespace, call = trial.drawn()
    world = history.build(draw.scenario(), now=MOMENT)

    async def respond(runtime: Runtime, clock: WorldClock) -> LiveRehearsal:
        incident, report = await _responded(runtime, clock, broken_namespace)
        [cause] = report.diagnosis.to_mend
        _, rehearse = await _proposal(runtime, incident, cause, call)
        change(world, draw.namespace)
        before = dict(_requests(world))
        rehearsal = await rehearse()
        more = {key for key, count in _requests(world) if count > before.get(key, 0)}
        return LiveRehearsal(rehearsal, {verb for verb, _ in more})

    return ground.run_in(lambda folder: world, respond, writes=False, rehearsal="on")


def _requests(world: World) -> Iterator[tuple[tuple[str, str], float]]:
    """((verb, all labels), how many so far)."""
    return (((labels["verb"], str(sorted(labels.items()))), count) for labels, count in request_counts.requests(world))


def outcome_of(trial: LiveTrial, ground: Ground) -> LiveResult:
    draw, broken_namespace, call = trial.drawn()
    world = history.build(draw.scenario(), now=MOMENT)

    async def respond(runtime: Runtime, clock: WorldClock) -> LiveResult:
        incident, report = await _responded(runtime, clock, broken_namespace)
        same = await twin_diagnosis(runtime, incident, report)
        cause = next(iter([*report.diagnosis.to_mend, *filter(None, [report.diagnosis.leading])]), None)
        if cause is None:
            return LiveResult(trial, "", same)
        try:
            action, rehearse = await _proposal(runtime, incident, cause, call)
        except ToolRefusedError:
            return LiveResult(trial, cause.key, same)
        began = time.process_time()
        rehearsal = await rehearse()
        seconds = time.process_time() - began
        heals, damage = await _carried_out(runtime, incident, world, draw, broken_namespace, action)
        return LiveResult(trial, cause.key, same, rehearsal, call, heals, tuple(damage), seconds)

    return ground.run_in(lambda folder: world, respond, writes=False, rehearsal="on")


async def _responded(runtime: Runtime, clock: WorldClock, broken_namespace: BrokenNamespace) -> tuple[Incident, Report]:
    signal = entrances.read(_alarm(broken_namespace), received_at=clock.now())[0]
    new_incident, _ = await runtime.responder.submit(signal)
    incident, report = await drive(runtime, new_incident.id, SilentView(), "never")
    assert report is not None
    return incident, report


async def _proposal(
    runtime: Runtime, incident: Incident, cause: Hypothesis, call: RemedyCall
) -> tuple[Action, Callable[[], Awaitable[Rehearsal]]]:
    """The remedy as an action, and its rehearsal. Raises ToolRefusedError where the preview turns it down."""
    tool, arguments = call
    option = remedies.Option(
        name=tool,
        failure_class=cause.failure_class,
        call=Call(server="kubernetes", tool=tool, arguments=arguments),
        subject=cause.subject,
        purpose=tool,
        reversible=True,
        confidence=cause.confidence,
    )
    action = action_of(option, await runtime.toolbox.preview_reading(option.call))
    evidence = [item for item in await runtime.store.ledger(incident.id) if item.agent != VERIFIER]
    context = await runtime.runtimes.context(incident, 1)
    assert context.rehearsals is not None
    return action, partial(context.rehearsals.rehearse, action, cause, evidence, context.catalogue)


async def _carried_out(
    runtime: Runtime,
    incident: Incident,
    world: World,
    draw: LiveDraw,
    broken_namespace: BrokenNamespace,
    action: Action,
) -> tuple[bool, list[str]]:
    context = await runtime.runtimes.context(incident, 1)
    assert isinstance(context.rehearsals, LazyRehearsals)
    before = live_state(world, draw)
    async with twin.serve(world, draw.namespace, CLUSTER, context.rehearsals.open_signer, seconds=60) as (live, signer):
        since = await live.write(action, signer)
        assert not isinstance(since, str), since
        await live.advance(WATCHED)
    return is_healed(world, draw, broken_namespace), losses(before, live_state(world, draw))


def _alarm(broken_namespace: BrokenNamespace) -> dict[str, Any]:
    """As Alertmanager sends it."""
    app, on = broken_namespace.alarmed or broken_namespace.victim, broken_namespace.alarm_on
    name = {"deployment": "KubeDeploymentReplicasMismatch", "service": "ServiceUnreachable"}[on]
    labels = {"alertname": name, "severity": "warning", "namespace": app.namespace, on: app.name}
    started = datetime.fromtimestamp(MOMENT, UTC) - timedelta(seconds=CHANGED - 120)
    alert = {
        "status": "firing",
        "labels": labels,
        "annotations": {"summary": f"{app.name} in {app.namespace} does not serve"},
        "startsAt": started.isoformat().replace("+00:00", "Z"),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "",
    }
    group = {"version": "4", "status": "firing", "receiver": "sre-agent", "groupLabels": {"alertname": name}}
    return {**group, "commonLabels": labels, "commonAnnotations": alert["annotations"], "alerts": [alert]}
