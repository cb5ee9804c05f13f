"""One rehearsal: copy, compare, write, wait, judge. Whatever fails in it is said, and never holds up the question."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from opentelemetry import trace

from mcp_servers.contract.bounds import excerpt
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.connection.clusters import Clusters
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.serving.cancellation import on_thread
from mcp_servers.serving.errors import TeachingError
from sre_agent.diagnosis import recovery
from sre_agent.domain.action import Action
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.finding import Evidence
from sre_agent.domain.rehearsal import Rehearsal
from sre_agent.domain.verification import Verification
from sre_agent.errors import SreAgentError
from sre_agent.failures import Catalogue
from sre_agent.rehearsal import watch
from sre_agent.rehearsal.capture import CaptureError, NamespaceCopy, capture
from sre_agent.rehearsal.looks import TwinLooks
from sre_agent.rehearsal.programs import KnownPrograms
from sre_agent.rehearsal.signing import OpenSigner, PermitSigner
from sre_agent.rehearsal.twin import SERVER, Twin, TwinError, open_twin
from sre_agent.rehearsal.verdict import TwinOutcome, verdict_of

TRACER = trace.get_tracer("sre_agent.rehearsal")
READ_SECONDS: Final = 5.0
TWIN_SECONDS: Final = 20.0
AS_BEFORE: Final = "its program is taken to run as it did before"
SAID: Final = 300  # characters of why one failed
SETTLE: Final = 5.0  # of the twin's time, before it is looked at
FIRST_LOOK: Final = 5.0  # after the write; each later one comes after twice the time


@dataclass(frozen=True)
class Rehearser:
    """`open_clusters` leads to the live cluster as the reading server reads it, `open_signer` makes what signs a twin's
    permits, with its keys in the given folder."""

    open_clusters: Callable[[], Clusters]
    open_signer: OpenSigner

    async def rehearse(
        self, action: Action, cause: Hypothesis, evidence: Sequence[Evidence], catalogue: Catalogue
    ) -> Rehearsal:
        """What came of the action in a copy of its namespace; never raises for what went wrong on the way."""
        started = time.perf_counter()
        with TRACER.start_as_current_span(f"rehearse {action.call.tool}") as span:
            try:
                result = await self._in_a_copy(action, cause, evidence, catalogue)
            except TimeoutError:
                result = Rehearsal(result="not_rehearsed", why="it took too long")
            except Exception as problem:  # noqa: BLE001 - whatever breaks in a simulation, the question is asked
                result = Rehearsal(result="not_rehearsed", why=_in_words(problem))
            span.set_attribute("result", result.result)
        return result.model_copy(update={"ms": round((time.perf_counter() - started) * 1000, 1)})

    async def _in_a_copy(
        self, action: Action, cause: Hypothesis, evidence: Sequence[Evidence], catalogue: Catalogue
    ) -> Rehearsal:
        if action.call.server != SERVER or not action.namespace:
            return Rehearsal(result="cannot_be_rehearsed", why="it is done outside of the objects of a namespace")
        started = time.perf_counter()
        async with asyncio.timeout(READ_SECONDS):
            copy, cluster = await on_thread(lambda: self._copy(action.namespace))
        read_ms = round((time.perf_counter() - started) * 1000, 1)
        async with (
            asyncio.timeout(TWIN_SECONDS),
            open_twin(copy, cluster, self.open_signer, seconds=TWIN_SECONDS) as (twin, signer),
        ):
            looks = TwinLooks(twin, catalogue, action, cause, evidence)
            result = await _try_in_twin(looks, copy, signer)
        return result.model_copy(update={"objects": len(copy.objects), "read_ms": read_ms})

    def _copy(self, namespace: str) -> tuple[NamespaceCopy, str]:
        with closing(self.open_clusters()) as clusters:
            api = Api(clusters.of())
            return capture(api, namespace, seconds=READ_SECONDS), api.name


def _in_words(problem: Exception) -> str:
    """What is meant for people as it is; of anything else its kind too."""
    if isinstance(problem, (CaptureError, TwinError, SreAgentError, TeachingError)):
        return excerpt(str(problem), SAID)
    return excerpt(f"{type(problem).__name__}: {problem}", SAID)


async def _try_in_twin(looks: TwinLooks, copy: NamespaceCopy, signer: PermitSigner) -> Rehearsal:
    twin, programs = looks.twin, KnownPrograms(copy, looks.healthy_revisions())
    for image, seconds in programs.start_seconds.items():
        twin.starts_in(image, seconds)
    await twin.advance(SETTLE)
    await looks.take_baseline()
    missing, before = looks.missing_signs(), watch.state_of(twin)
    since = await twin.write(looks.action, signer)
    if isinstance(since, str):
        return Rehearsal(result="cannot_be_rehearsed", why=since)
    _behave(twin, looks.action, programs)
    verification, healed_in = await _healed_or_late(looks, since)
    pods = watch.new_pods(twin, before)
    outcome = TwinOutcome(
        missing=missing,
        verification=verification,
        seconds=healed_in,
        harms=[*watch.harms(before, watch.state_of(twin), but=looks.cause.subject.name), *looks.worse_elsewhere],
        blockers=watch.blockers(twin, pods, before),
        failing=watch.failing_programs(pods),
        impaired=watch.impaired_nodes(twin, pods),
        unknown=sorted({name for pod in pods if o.is_ready(pod) for name in programs.unknown(pod)}),
        notes=[*([AS_BEFORE] if any(map(programs.are_known_from_before, pods)) else []), *watch.quota_notes(twin)],
    )
    return verdict_of(outcome)


def _behave(twin: Twin, action: Action, programs: KnownPrograms) -> None:
    """Containers that are known to run well as they are asked for now do so, whatever became of their image before."""
    kind, _, rest = action.target.subject.partition("/")
    for obj in twin.objects(kind):
        if o.name(obj) == rest.rpartition("/")[2]:
            for image in programs.images_known(o.template(obj)):
                twin.runs_well(image)


async def _healed_or_late(looks: TwinLooks, since: datetime) -> tuple[Verification, float]:
    """The last look, whole: when recovery is proved, or at the class's deadline; and the seconds until it was well."""
    deadline, _ = recovery.plan(looks.catalogue, looks.action.failure_class)
    elapsed, pause = 0.0, FIRST_LOOK
    well_since: datetime | None = None
    while True:
        span = min(pause, deadline - elapsed)
        await looks.twin.advance(span)
        elapsed, pause = elapsed + span, pause * 2
        is_late = elapsed >= deadline
        verification = await looks.verification(since, well_since, whole=is_late)
        if verification.well_since is not None:
            verification = await _confirm(looks, since, verification)
            if verification.verdict == "proved" or verification.worse:
                return verification, elapsed
        if is_late:
            return verification, elapsed


async def _confirm(looks: TwinLooks, since: datetime, first: Verification) -> Verification:
    """A well look, confirmed by one after the time for which it has to hold."""
    await looks.twin.advance(first.confirming)
    return await looks.verification(since, first.well_since, whole=True)
