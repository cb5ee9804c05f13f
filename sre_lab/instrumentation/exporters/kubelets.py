"""What the kubelets tell of the volumes that they mount: their size. How full one is nobody has decided here."""

from __future__ import annotations

from collections.abc import Iterator

from sre_lab.instrumentation.exporters.cadvisor import of_pod
from sre_lab.instrumentation.exporters.metric_tables import at
from sre_lab.instrumentation.exporters.scraper import Sample
from sre_lab.kubernetes.quantities import parse
from sre_lab.objects.store import Obj
from sre_lab.world import World

HELP = {"kubelet_volume_stats_capacity_bytes": ("gauge", "Capacity in bytes of the volume")}


def volumes(world: World, pod: Obj) -> Iterator[Sample]:
    """The capacity of each claim that a running pod mounts."""
    for volume in pod["spec"].get("volumes") or []:
        claim = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        volume_claim = (
            world.objects.get("PersistentVolumeClaim", pod["metadata"]["namespace"], claim) if claim else None
        )
        size = at(volume_claim or {}, ("status", "capacity", "storage"))
        if claim and size:
            labels = {key: value for key, value in of_pod(pod).items() if key != "pod"}
            where = {**labels, "metrics_path": "/metrics", "persistentvolumeclaim": claim}
            yield "kubelet_volume_stats_capacity_bytes", where, float(parse(size))
