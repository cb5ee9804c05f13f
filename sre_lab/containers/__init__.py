"""What happens inside a container when a client runs a command there, and what its kubelet tells the API server.

Containers of the lab are facts, not machines: a few programs answer from those facts (files that are mounted, the
environment, what the Services of the cluster do), every other one is not in the image.
"""

from __future__ import annotations

from sre_lab.behaviour.kubelet.logs import flush
from sre_lab.behaviour.kubelet.usage import pod_usage
from sre_lab.containers.command import run
from sre_lab.containers.environment import ContainerEnvironments
from sre_lab.containers.io import ProgramStreams
from sre_lab.kubernetes.kubelets import KubeletCalls, ReadChunk, Usage, Write
from sre_lab.objects.store import Obj
from sre_lab.world import World


def kubelets(usage: Usage = pod_usage) -> KubeletCalls:
    """What `kubernetes.api.app` is given; `usage` stands in for the measured one."""
    return KubeletCalls(usage, flush, SimulatedContainerCommands)


class SimulatedContainerCommands:
    """The containers of a world with the files that commands have written in them."""

    def __init__(self, world: World) -> None:
        self._boxes = ContainerEnvironments(world)

    async def run(
        self, pod: Obj, spec: Obj, restarts: int, words: list[str], read: ReadChunk, out: Write, err: Write
    ) -> int:
        """The exit code; StartError when the container has no such program."""
        return await run(ProgramStreams(self._boxes.open(pod, spec, restarts), read, out, err), words)
