"""What the kubelets tell of containers through cAdvisor: what they use, and what is set for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sre_lab.behaviour.kubelet.process import ContainerProcess
from sre_lab.instrumentation.exporters.metric_tables import KindMetrics, Labels, ObjectMetric, Row, Tell, at
from sre_lab.instrumentation.exporters.scraper import Sample
from sre_lab.kubernetes.quantities import parse
from sre_lab.objects.store import Obj

PORT = 10250
PERIOD = 0.1  # seconds of a CPU period, in which a container may use up its limit
KUBELET = {"job": "kubelet", "metrics_path": "/metrics/cadvisor"}


def of_pod(pod: Obj) -> Labels:
    """Whose kubelet tells it, and of which pod."""
    host = at(pod, ("status", "hostIP"))
    return {
        **KUBELET,
        "instance": f"{host}:{PORT}" if host else "",
        "namespace": pod["metadata"]["namespace"],
        "node": pod["spec"].get("nodeName", ""),
        "pod": pod["metadata"]["name"],
    }


def containers(pod: Obj) -> Iterator[tuple[str, Labels]]:
    """(name, labels) of each container that has been started."""
    uid, quality = pod["metadata"].get("uid", ""), at(pod, ("status", "qosClass")) or "BestEffort"
    slice_ = "/kubepods" if quality == "Guaranteed" else f"/kubepods/{quality.lower()}"
    for part in ("initContainerStatuses", "containerStatuses"):
        for status in at(pod, ("status", part)) or []:
            if id_ := status.get("containerID", "").rpartition("//")[2]:
                labels = {"container": status["name"], "image": status.get("image", ""), "name": id_}
                yield status["name"], {**labels, "id": f"{slice_}/pod{uid}/{id_}"}


def usage(labels: Labels, memory: float, process: ContainerProcess | None, now: float) -> Iterator[Sample]:
    """What one running container uses; `process` is None where only a recording knows of it."""
    yield "container_memory_working_set_bytes", labels, memory
    if process is None:
        return
    yield "container_cpu_usage_seconds_total", {**labels, "cpu": "total"}, round(process.cpu_seconds(now), 3)
    if process.cpu_limit is not None:
        periods = int((now - process.started) / PERIOD)
        yield "container_cpu_cfs_periods_total", labels, float(periods)
        yield (
            "container_cpu_cfs_throttled_periods_total",
            labels,
            float(min(periods, int(process.starved_seconds / PERIOD))),
        )
        yield "container_cpu_cfs_throttled_seconds_total", labels, round(process.throttled_seconds, 3)


def _limit(resource: str, factor: float, unset: float | None) -> Tell:
    """A limit of each started container, times a factor."""

    def tell(pod: Obj) -> Iterable[Row]:
        limits = {c["name"]: at(c, ("resources", "limits", resource)) for c in pod["spec"].get("containers") or []}
        for name, labels in containers(pod):
            limit = limits.get(name)
            if limit is not None:
                yield labels, float(parse(limit)) * factor
            elif unset is not None and name in limits:
                yield labels, unset

    return tell


def _period(pod: Obj) -> Iterable[Row]:
    return [(labels, PERIOD * 1e6) for _, labels in containers(pod)]


SPECS = KindMetrics(
    "Pod",
    of_pod,
    {
        "container_spec_memory_limit_bytes": ObjectMetric(
            "Memory limit for the container in bytes.", _limit("memory", 1.0, 0.0)
        ),
        "container_spec_cpu_period": ObjectMetric("CPU period of the container.", _period),
        "container_spec_cpu_quota": ObjectMetric("CPU quota of the container.", _limit("cpu", PERIOD * 1e6, None)),
    },
)
HELP = {
    "container_cpu_cfs_periods_total": ("counter", "Number of elapsed enforcement period intervals."),
    "container_cpu_cfs_throttled_periods_total": ("counter", "Number of throttled period intervals."),
    "container_cpu_cfs_throttled_seconds_total": ("counter", "Total time duration the container has been throttled."),
    "container_cpu_usage_seconds_total": ("counter", "Cumulative cpu time consumed in seconds."),
    "container_memory_working_set_bytes": ("gauge", "Current working set in bytes."),
    "container_network_receive_bytes_total": ("counter", "Cumulative count of bytes received"),
    "container_network_transmit_bytes_total": ("counter", "Cumulative count of bytes transmitted"),
}
