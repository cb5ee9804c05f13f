"""A pod on its node, as those see it who start, probe and stop its containers; `worker` is what keeps it."""

from __future__ import annotations

from typing import Protocol

from sre_lab.behaviour.kubelet.backoff import Backoff
from sre_lab.behaviour.kubelet.containers import KubeletContainer
from sre_lab.behaviour.kubelet.node import KubeletNode
from sre_lab.behaviour.kubelet.sync_loop import SyncLoop
from sre_lab.objects.store import Obj
from sre_lab.world import World


class PodState(Protocol):
    world: World
    node: KubeletNode
    namespace: str
    name: str
    uid: str
    start_time: float
    sandbox: bool
    pod_ip: str
    finished: bool  # nothing of it runs any more and nothing will
    pulls: dict[str, tuple[Backoff, str]]  # by image: its back-off and the last problem
    pace: SyncLoop

    def pod(self) -> Obj:
        """The object as it is now, or as it was last seen."""
        ...

    def containers(self) -> list[KubeletContainer]: ...

    def running(self) -> list[KubeletContainer]: ...

    def grace(self) -> float:
        """Seconds between SIGTERM and SIGKILL."""
        ...

    def event(self, type: str, reason: str, message: str, container: KubeletContainer | None = None) -> None: ...

    def begin(self, container: KubeletContainer, environment: dict[str, str]) -> None: ...

    def end(self, container: KubeletContainer, code: int, reason: str, last_words: list[str] | None = None) -> None: ...

    def write_status(self) -> None: ...

    def remove_object(self) -> None: ...
