"""What the kubelet remembers of one container of a pod: its runs, its restarts, why it waits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sre_lab.behaviour.kubelet.backoff import Backoff
from sre_lab.behaviour.kubelet.process import ContainerProcess
from sre_lab.clock import ScheduledAction
from sre_lab.objects.store import Obj
from sre_lab.world import World

Role = Literal["init", "sidecar", "main", "ephemeral"]

LISTED_AS: dict[Role, str] = {
    "init": "initContainers",
    "sidecar": "initContainers",
    "main": "containers",
    "ephemeral": "ephemeralContainers",
}


@dataclass(frozen=True)
class TerminatedRun:
    """One run that is over; times in epoch seconds (started 0: the runtime could not start it)."""

    code: int
    reason: str
    started: float
    finished: float
    container_id: str
    message: str = ""


@dataclass
class KubeletContainer:
    """`past_runs` are the last two that are over, oldest first; `waiting_reason` is the last failure to start."""

    spec: Obj
    role: Role
    policy: str  # restartPolicy that applies to it
    process: ContainerProcess | None = None
    end: ScheduledAction | None = None  # when the process will end by itself
    past_runs: list[TerminatedRun] = field(default_factory=list)
    runs: int = 0
    container_id: str = ""
    image_id: str = ""
    waiting_reason: tuple[str, str] | None = None  # reason and message
    backoff: Backoff = field(default_factory=Backoff)
    started: bool = False  # the startup probe, if any, has succeeded
    ready: bool = False
    failed_probe: str = ""  # the kind of probe because of which it will be restarted
    recorded_status: Obj | None = None  # the status that was known of it before the lab took over
    keeps_recorded_status: bool = False  # that status has no known cause: leave it as it is

    @property
    def name(self) -> str:
        return str(self.spec["name"])

    @property
    def image(self) -> str:
        return str(self.spec.get("image", ""))

    @property
    def restarts(self) -> int:
        return max(0, self.runs - 1)

    @property
    def last_end(self) -> float | None:
        return self.past_runs[-1].finished if self.past_runs else None

    @property
    def completed(self) -> bool:
        return self.process is None and bool(self.past_runs) and self.past_runs[-1].code == 0

    @property
    def field_path(self) -> str:
        return f"spec.{LISTED_AS[self.role]}{{{self.name}}}"

    def probe(self, kind: str) -> Obj | None:
        probe: Obj | None = self.spec.get(f"{kind}Probe")
        return probe

    def wants_start(self) -> bool:
        """Whether it does not run and its restart policy wants it to."""
        if self.process is not None or self.keeps_recorded_status:
            return False
        if not self.past_runs or self.policy == "Always":
            return True
        return self.policy == "OnFailure" and self.past_runs[-1].code != 0

    def over(self) -> bool:
        """Whether it has run for the last time."""
        return (
            self.process is None and bool(self.past_runs) and not self.wants_start() and not self.keeps_recorded_status
        )

    def add_end(self, run: TerminatedRun) -> None:
        self.past_runs = [*self.past_runs[-1:], run]


def containers_of(pod: Obj) -> tuple[list[KubeletContainer], list[KubeletContainer]]:
    """(init containers and sidecars in order, main containers)."""
    spec = pod["spec"]
    policy = spec.get("restartPolicy", "Always")
    inits = []
    for init in spec.get("initContainers") or []:
        if init.get("restartPolicy") == "Always":
            inits.append(KubeletContainer(init, "sidecar", "Always"))
        else:
            inits.append(KubeletContainer(init, "init", "Never" if policy == "Never" else "OnFailure"))
    return inits, [KubeletContainer(main, "main", policy) for main in spec.get("containers") or []]


def debuggers_of(pod: Obj, known_containers: list[KubeletContainer]) -> list[KubeletContainer]:
    """The ephemeral containers that were added to the pod beside those that are known; each runs once."""
    names = {container.name for container in known_containers}
    added = [one for one in pod["spec"].get("ephemeralContainers") or [] if one["name"] not in names]
    return [KubeletContainer(one, "ephemeral", "Never") for one in added]


def new_container_id(world: World) -> str:
    return f"containerd://{world.random.getrandbits(256):064x}"
