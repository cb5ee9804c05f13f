"""Rehearsals: whether a twin shows the same class, whether what they say comes true, what they stop, what they cost."""

from __future__ import annotations

import asyncio
import logging
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest import mock

import yaml

from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.connection.clusters import Clusters
from sre_agent import entrances
from sre_agent.cli.drive import drive
from sre_agent.cli.view import SilentView
from sre_agent.compose import Runtime
from sre_agent.domain.rehearsal import Rehearsal
from sre_agent.progress import Event
from sre_agent.rehearsal.capture import capture
from sre_lab import scenario
from tests.bench.figures import Figure
from tests.ground import servers_within
from tests.incidents.conftest import Stage
from tests.labs import standing_lab
from tests.rehearsal.live.family import live_trials
from tests.rehearsal.live.figures import LiveFigures
from tests.rehearsal.live.trial import outcome_of
from tests.rehearsal.trials import Trial, harmful, trials
from tests.rehearsal.twins import DECIDED, TwinDiagnosis, twin_diagnosis
from tests.worlds import running
from tests.worlds.situation import situations

WORKLOADS = 50
EACH_LIVE = 3  # live namespaces of each family and intent
EACH = 4  # of so many situations one is tried
MODEL = Path(scenario.__file__).parents[1] / "scenarios" / "school-lunch.yaml"


def figures() -> Iterator[Figure]:
    logging.disable(logging.WARNING)  # of connections that are cut when a world ends
    runs = [asyncio.run(_respond(name)) for name in scenario.names()]
    twins = [twin for _, twin in runs if twin is not None] + list(_of_worlds())
    same = 100 * sum(one.is_same for one in twins) / len(twins)
    yield Figure(f"twin: the same class on the same subject, in {len(twins)} worlds", same, "%", 90, "≥")
    right = [one for predictions, _ in runs for one in predictions]
    yield Figure(f"rehearsal: {len(right)} predictions came true", 100 * sum(right) / len(right), "%", 95, "≥")
    yield from _live()
    results = [one for name, remedies in harmful().items() for one in _trials(name, remedies)]
    for aside in (False, True):
        part = [one for one in results if one.remedy.kept_aside == aside]
        what = f"of {len(part)} harmful remedies{' kept aside' if aside else ''} stopped before anybody is asked"
        yield Figure(f"rehearsal: {what}", 100 * sum(one.is_stopped for one in part) / len(part), "%", 60, "≥")
    rehearsals = [one for one in results if one.rehearsal is not None]
    yield Figure("rehearsal: CPU, median", statistics.median(one.seconds for one in rehearsals), "s", 1)
    yield Figure(f"copy of a namespace of {WORKLOADS} workloads, by the wall", _reading_seconds(), "s", 5)


async def _respond(name: str) -> tuple[list[bool], TwinDiagnosis | None]:
    """Whether each prediction of the scenario's run came true, and what the twin of its cause shows."""
    expected = scenario.load(name).expected
    with tempfile.TemporaryDirectory() as folder, standing_lab(name, Path(folder) / "lab") as lab, servers_within():
        stage = Stage(lab, Path(folder))
        twin = None
        async with stage.runtime(writes=False, rehearsal="on") as runtime:
            incident, report = await stage.respond(runtime)
            if report is not None:
                twin = await twin_diagnosis(runtime, incident, report)
        stage.folder = Path(folder) / "again"
        async with stage.runtime(rehearsal="on", level="approve") as runtime:  # every remedy is asked about
            incident, report = await stage.respond(runtime)
    as_expected = expected is not None and incident.reason == expected.end.reason
    return list(_came_true(stage.events, as_expected)), twin


def _came_true(events: list[Event], as_expected: bool) -> Iterator[bool]:
    """What was said to heal has to be proved by the next verification that ends; what was refused must not have kept
    the run from its end."""
    for place, event in enumerate(events):
        if event.kind != "rehearsal.ended":
            continue
        prediction = Rehearsal.model_validate(event.data["data"])
        if prediction.is_refusal:
            yield as_expected
        elif prediction.result == "heals":
            later = events[place + 1 :]
            end = next((i for i, one in enumerate(later) if one.kind == "rehearsal.ended"), len(later))
            verdicts = [one.data["data"]["verdict"] for one in later[:end] if one.kind == "verification"]
            yield "proved" in verdicts


def _of_worlds() -> Iterator[TwinDiagnosis]:
    """Of the worlds that are made for the abilities, those whose cause Kubernetes decides; one variation of each."""
    twins: list[TwinDiagnosis] = []

    async def alarmed(runtime: Runtime, clock: Any, trigger: Any) -> dict[str, Any]:
        for signal in entrances.read(trigger["payload"], received_at=clock.now()):
            incident, _ = await runtime.responder.submit(signal)
        incident, report = await drive(runtime, incident.id, SilentView(), "never")
        twin = await twin_diagnosis(runtime, incident, report) if report is not None else None
        twins.extend([twin] if twin is not None else [])
        return {}

    with mock.patch.object(running, "_answer_alarm", alarmed), running.ground() as place:
        stories = [story for story in (one.told(1) for one in situations()) if DECIDED & {*story.expect.classes}]
        alarms = [story for story in stories if story.trigger["type"] not in ("sweep", "question")]
        for story in alarms[::EACH]:
            place.run(story.world, story.trigger, writes=False, rehearsal="on")
    yield from twins


def _live() -> Iterator[Figure]:
    """Of live namespaces of our own making, in each of which a remedy is rehearsed and then carried out."""
    with running.ground() as place:
        results = [outcome_of(trial, place) for trial in live_trials(each=EACH_LIVE)]
    for aside in (False, True):
        figures, half = (
            LiveFigures.of([r for r in results if r.trial.kept_aside == aside]),
            " kept aside" if aside else "",
        )
        for what, part, whole, limit in (
            ("twins that show the same class", figures.same, figures.twins, 90),
            ("predictions that came true", figures.right, figures.claims, 95),
            ("predictions of healing that came true", figures.heals - figures.false_heals, figures.heals, 100),
            ("bad remedies that are stopped before anybody is asked", figures.stopped, figures.bad, 60),
        ):
            yield Figure(f"live namespaces{half}: {what}, of {whole}", 100 * part / max(whole, 1), "%", limit, "≥")


def _trials(name: str, remedies: Any) -> list[Trial]:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(trials(name, remedies, Path(folder)))


def _reading_seconds() -> float:
    """Of a namespace whose workloads have two pods and a Service each."""
    document = yaml.safe_load(
        (Path(scenario.__file__).parents[1] / "scenarios" / "school-lunch.yaml").read_text("utf-8")
    )
    models = [one for one in document["manifests"] if one["metadata"]["name"] == "allergens"]
    for number in range(WORKLOADS):
        text = yaml.safe_dump_all(models).replace("allergens", f"allergens-{number}")
        text = text.replace(f"registry.meals.test/allergens-{number}", "registry.meals.test/allergens")
        document["manifests"] += list(yaml.safe_load_all(text))
    document["cluster"] |= {"nodes": 8}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.yaml"
        path.write_text(yaml.safe_dump(document), "utf-8")
        with (
            standing_lab(path, Path(folder) / "lab") as lab,
            closing(Clusters(kubeconfig=str(lab.endpoints.kubeconfig))) as clusters,
        ):
            began = time.monotonic()
            capture(Api(clusters.of()), "meals", seconds=30)
            return time.monotonic() - began
