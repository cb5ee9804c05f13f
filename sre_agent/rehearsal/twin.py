"""A cluster of its own in the lab, made of copied objects, with the Kubernetes server in front of it.

Its clock stands unless it is moved, so that minutes there cost hundredths of a second here.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from mcp_servers.contract.facts import Answer
from mcp_servers.contract.permit_keys import PermitKeys
from mcp_servers.contract.permits import Target
from mcp_servers.contract.refusals import Refusal
from mcp_servers.kubernetes import server as kubernetes
from mcp_servers.kubernetes.connection.clusters import Clusters
from mcp_servers.serving.arguments import ServerOptions
from mcp_servers.serving.permit_key_sources import key_source
from sre_agent.domain.action import Action, Call
from sre_agent.domain.finding import Evidence, evidence_id
from sre_agent.rehearsal.capture import NamespaceCopy, Obj
from sre_agent.rehearsal.signing import OpenSigner, PermitSigner
from sre_agent.toolbox.address import ServerAddress
from sre_agent.toolbox.results import ToolRefusedError, answer_of, previewed, write_answer
from sre_agent.toolbox.session import Session
from sre_lab import recording
from sre_lab.containers import kubelets
from sre_lab.instrumentation.network.routes import ServiceNetwork, ServiceTarget
from sre_lab.kubeconfig import write_kubeconfig
from sre_lab.kubernetes import api as kubernetes_api
from sre_lab.loopback import LoopbackServer
from sre_lab.objects.store import ObjectChange
from sre_lab.recording import RecordingError
from sre_lab.scenario import ImageProfile
from sre_lab.world import World

INCIDENT: Final = "rehearsal"
SERVER: Final = "kubernetes"
PREVIEW: Final = "kubectl_preview"
USUAL_START: Final = 1.0  # seconds, of an image of which nothing is known
CALL_SECONDS: Final = 20.0
PATIENCE_MS: Final = 1000.0
SLICE: Final = 5.0  # seconds of its time that are moved in one go, beside the loop


class TwinError(Exception):
    """The twin cannot be made, or does not get on in time; the message says why."""


class Twin:
    """`ends` is when it has to be done, by the monotonic clock."""

    def __init__(self, world: World, session: Session, namespace: str, ends: float) -> None:
        self._world, self._session, self._ends = world, session, ends
        self.namespace = namespace
        self._ready_after: dict[str, float] = {}  # by image, where it was seen
        self._network = ServiceNetwork(world)
        world.objects.subscribe(self._stop_when_late)

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self._world.clock.now(), UTC)

    def objects(self, kind: str) -> list[Obj]:
        """Those of the namespace, as they are in the twin."""
        return list(self._world.objects.all(kind, self.namespace))

    def shared_objects(self, kind: str) -> list[Obj]:
        """Those of a kind that has no namespaces."""
        return list(self._world.objects.all(kind))

    def namespaces_of_other_pods(self) -> Iterator[str]:
        """The namespace of each pod of another one that is not on its way out."""
        for pod in self._world.objects.all("Pod"):
            meta = pod["metadata"]
            if meta["namespace"] != self.namespace and not meta.get("deletionTimestamp"):
                yield meta["namespace"]

    def reaches(self, pod: Obj, service: str) -> bool:
        """Whether every connection of the pod to the first port of a Service of the namespace arrives."""
        return not self._network.route(pod, ServiceTarget(self.namespace, service), PATIENCE_MS).failures

    def runs_well(self, image: str) -> None:
        """From now on containers of this image behave as a server that works."""
        self._world.images[image] = ImageProfile(ready_after=self._ready_after.get(image, USUAL_START))

    def starts_in(self, image: str, seconds: float) -> None:
        """Containers of this image take so long from their start until they are ready."""
        profile = self._world.images.get(image, ImageProfile())
        self._world.images[image] = profile.model_copy(update={"ready_after": seconds})
        self._ready_after[image] = seconds

    async def advance(self, seconds: float) -> None:
        """Raises TwinError where it takes too long."""
        clock = self._world.clock
        until = clock.now() + seconds
        while clock.now() < until:
            await asyncio.to_thread(clock.advance_to, min(until, clock.now() + SLICE))
            self._stop_when_late()

    def _stop_when_late(self, change: ObjectChange | None = None) -> None:
        """At each change of an object too: a hundred thousand new pods are one moment of its time."""
        if time.monotonic() > self._ends:
            raise TwinError("the copy did not get on in time")

    async def ask(self, agent: str, tool: str, arguments: dict[str, Any]) -> Evidence:
        """A read call made to the twin, as evidence that is kept nowhere."""
        asked_at = self.now
        answer: Answer | None = None
        refusal: Refusal | None = None
        try:
            answer = answer_of(SERVER, tool, await self._session.call(tool, arguments))
        except ToolRefusedError as problem:
            refusal = problem.refusal
        key = evidence_id(INCIDENT, 0, agent, tool, arguments, asked_at.isoformat())
        return Evidence(
            id=key,
            incident=INCIDENT,
            round=0,
            agent=agent,
            server=SERVER,
            tool=tool,
            arguments=arguments,
            answer=answer,
            refusal=refusal,
            asked_at=asked_at,
        )

    async def preview(self, call: Call) -> Answer:
        """Raises ToolRefusedError and ToolsUnavailableError."""
        return await previewed(self._session, PREVIEW, {"tool": call.tool, "arguments": call.arguments})

    async def write(self, action: Action, signer: PermitSigner) -> datetime | str:
        """When it was written, with a permit for what is previewed here; or why it was not. Raises ToolRefusedError and
        ToolsUnavailableError."""
        preview = await self.preview(action.call)
        if not preview.data.get("diff"):
            return "it would change nothing in the copy"
        own = action.model_copy(
            update={
                "scope": str(preview.data["scope"]),
                "target": Target.model_validate(preview.data["target"]),
                "diff_digest": str(preview.data.get("diff_digest", "")),
            }
        )
        permit = await signer.issue(own, incident=INCIDENT, epoch=1, allowed_by=INCIDENT, now=self.now)
        since = self.now
        arguments = {**own.call.arguments, "permit": permit}
        answer = write_answer(own.call, await self._session.call(own.call.tool, arguments))
        return since if answer.data.get("outcome") == "done" else f"the copy refused the write: {answer.text}"


@asynccontextmanager
async def open_twin(
    copy: NamespaceCopy, cluster: str, open_signer: OpenSigner, *, seconds: float
) -> AsyncIterator[tuple[Twin, PermitSigner]]:
    """The twin of a namespace in the cluster of that name, for at most so many seconds of the wall, and what signs the
    permits that it takes. Raises TwinError."""
    try:
        world = await asyncio.to_thread(_world_of, copy)  # of thousands of objects it takes a second
    except RecordingError as problem:
        raise TwinError(str(problem)) from problem
    async with serve(world, copy.namespace, cluster, open_signer, seconds=seconds) as pair:
        yield pair


def _world_of(copy: NamespaceCopy) -> World:
    objects = orjson.loads(orjson.dumps(copy.objects))  # the lab changes what it is given
    return recording.copy(objects, now=copy.as_of.timestamp())


@asynccontextmanager
async def serve(
    world: World, namespace: str, cluster: str, open_signer: OpenSigner, *, seconds: float
) -> AsyncIterator[tuple[Twin, PermitSigner]]:
    """A world of the lab with the Kubernetes server in front of it, and what signs the permits that this takes."""
    ends = time.monotonic() + seconds
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sre-agent-rehearsal-")))
        signer = open_signer(folder, datetime.fromtimestamp(world.clock.now(), UTC))
        lab = LoopbackServer(kubernetes_api.app(world, kubelets()))
        serving = asyncio.create_task(lab.run_until_stopped())
        stack.push_async_callback(_stop, lab, serving)
        kubeconfig = write_kubeconfig(folder, lab.url, cluster)
        clusters = stack.enter_context(closing(Clusters(kubeconfig=str(kubeconfig), contexts=[cluster], name=cluster)))
        server = kubernetes.build(clusters, _options(folder, signer))
        address = ServerAddress(name=SERVER, here=server.mcp)
        session = Session(address, connect_seconds=CALL_SECONDS, call_seconds=CALL_SECONDS)
        stack.push_async_callback(session.close)
        yield Twin(world, session, namespace, ends), signer


def _options(folder: Path, signer: PermitSigner) -> ServerOptions:
    """A server that may write everywhere: there is nothing but the twin behind it."""
    return ServerOptions(
        transport="stdio",
        host="",
        port=0,
        writes=True,
        allow=("*",),
        permit_keys=PermitKeys((), key_source(signer.public_keys)),
        used_permits=str(folder / "used-permits.sqlite"),
    )


async def _stop(lab: LoopbackServer, serving: asyncio.Task[None]) -> None:
    lab.stop()
    await asyncio.wait({serving})
