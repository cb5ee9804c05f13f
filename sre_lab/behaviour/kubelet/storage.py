"""What the containers of a pod keep on the node's disk, and the limits that the pod itself sets for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from sre_lab.behaviour.kubelet.process import ContainerProcess, number
from sre_lab.behaviour.kubelet.worker import PodWorker
from sre_lab.kubernetes.pod_requests import pod_requests
from sre_lab.kubernetes.quantities import parse
from sre_lab.objects.store import Obj
from sre_lab.scenario.images import GrowthProfile

EPHEMERAL = "ephemeral-storage"


@dataclass
class DiskUsage:
    """Bytes on disk: by container in its writable layer, by volume in emptyDirs."""

    layers: dict[str, int] = field(default_factory=dict)
    volumes: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.layers.values()) + sum(self.volumes.values())


def disk_usage(worker: PodWorker, now: float) -> DiskUsage:
    """A container writes into the first emptyDir that it mounts, or into its layer where it mounts none."""
    usage = DiskUsage()
    directories = {v["name"]: v["emptyDir"] or {} for v in worker.pod()["spec"].get("volumes") or [] if "emptyDir" in v}
    on_disk = [name for name, directory in directories.items() if directory.get("medium") != "Memory"]
    for container in worker.running():
        process = container.process
        if process is None:
            continue
        size = growth_now(process, process.profile.disk, now)
        mount_names = [m["name"] for m in container.spec.get("volumeMounts") or [] if m["name"] in on_disk]
        place = (usage.volumes, mount_names[0]) if mount_names else (usage.layers, container.name)
        place[0][place[1]] = place[0].get(place[1], 0) + size
    return usage


def growth_now(process: ContainerProcess, growth: GrowthProfile, now: float) -> int:
    """Where the curve stands now, in its own unit."""
    start, peak = number(growth.start), number(growth.peak)
    share = min(1.0, (now - process.since) / growth.over) if growth.over else 1.0
    return round(start + (peak - start) * share)


def exceeded_limit(pod: Obj, sample: DiskUsage, current: DiskUsage) -> str:
    """The kubelet's text about the first limit that is passed, empty when none is.

    `sample` is what was last counted in the volumes: the kubelet walks through them once a minute only.
    """
    for volume in pod["spec"].get("volumes") or []:
        limit = (volume.get("emptyDir") or {}).get("sizeLimit")
        if limit and sample.volumes.get(volume["name"], 0) > parse(limit):
            return f'Usage of EmptyDir volume "{volume["name"]}" exceeds the limit "{limit}". '
    limits = {c["name"]: _limit(c) for c in pod["spec"].get("containers") or [] if _limit(c)}
    if limits and len(limits) == len(pod["spec"]["containers"]):
        whole = sum(parse(limit) for limit in limits.values())
        if sum(current.layers.values()) + sum(sample.volumes.values()) > whole:
            text = next(iter(limits.values())) if len(limits) == 1 else binary(int(whole))
            return f"Pod ephemeral local storage usage exceeds the total limit of containers {text}. "
    for name, limit in limits.items():
        if current.layers.get(name, 0) > parse(limit):
            return f'Container {name} exceeded its local ephemeral storage limit "{limit}". '
    return ""


def request_of(pod: Obj, resource: str) -> float:
    return float(pod_requests(pod).get(resource, 0))


def binary(amount: int) -> str:
    """Bytes with the largest binary suffix that leaves a whole number, as Go prints a quantity."""
    suffixes = ("", "Ki", "Mi", "Gi", "Ti")
    place = 0
    while amount and amount % 1024 == 0 and place < len(suffixes) - 1:
        amount //= 1024
        place += 1
    return f"{amount}{suffixes[place]}"


def _limit(container: Obj) -> str:
    return str(((container.get("resources") or {}).get("limits") or {}).get(EPHEMERAL) or "")
