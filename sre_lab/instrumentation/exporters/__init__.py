"""What the exporters of a cluster tell Prometheus: kube-state-metrics, the kubelets, node-exporter, the API server.

Names and labels are theirs. Values are the world's: what it does not know has no series.
"""

from __future__ import annotations

from collections.abc import Iterator

from sre_lab.behaviour import frozen
from sre_lab.behaviour.kubelet.process import running_processes
from sre_lab.behaviour.kubelet.storage import growth_now
from sre_lab.behaviour.kubelet.usage import pod_usage
from sre_lab.instrumentation.exporters import cadvisor, kubelets, machines, other_objects, workloads
from sre_lab.instrumentation.exporters.machines import MachineExporter, MachineUsage
from sre_lab.instrumentation.exporters.metric_tables import KUBE_STATE, KindMetrics, Labels
from sre_lab.instrumentation.exporters.nodes import NODES, is_ready
from sre_lab.instrumentation.exporters.pods import PODS
from sre_lab.instrumentation.exporters.scrape_history import ObjectMetricSeries, ScrapeHistory
from sre_lab.instrumentation.exporters.scraper import NAMESPACE, Sample, Scraper
from sre_lab.kubernetes import request_counts
from sre_lab.objects.store import Obj
from sre_lab.world import World

LEAST_SECONDS = 1.0  # between two scrapes, however often somebody asks
KINDS: tuple[KindMetrics, ...] = (
    PODS,
    cadvisor.SPECS,
    NODES,
    *(workloads.DEPLOYMENTS, workloads.REPLICASETS, workloads.STATEFULSETS, workloads.DAEMONSETS),
    *(workloads.JOBS, workloads.CRONJOBS),
    *(
        other_objects.CLAIMS,
        other_objects.VOLUMES,
        other_objects.SERVICES,
        other_objects.ENDPOINTS,
        other_objects.NAMESPACES,
    ),
    *(other_objects.AUTOSCALERS, other_objects.BUDGETS, other_objects.QUOTAS),
)
HELP: dict[str, tuple[str, str]] = {  # by metric: type, help
    **{name: (metric.type, metric.help) for kind in KINDS for name, metric in kind.metrics.items()},
    **cadvisor.HELP,
    **machines.HELP,
    **kubelets.HELP,
    "apiserver_request_total": ("counter", "Counter of apiserver requests broken out for each verb, group and code."),
    "up": ("gauge", "Whether the target answered the last scrape."),
}


def api_server(world: World) -> Labels:
    """The labels of the API server as a target, at its own Service; none where a world has no cluster."""
    service = world.objects.get("Service", "default", "kubernetes")
    return {"job": "apiserver", "instance": f"{service['spec']['clusterIP']}:443"} if service else {}


class Exporters:
    """All of them over one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._ledger = ScrapeHistory(KINDS)
        self._scraper = Scraper(world.metrics)
        self._machines = MachineExporter()
        self._at: float | None = None
        for kind in KINDS:
            for name in kind.metrics:
                world.metrics.derive(NAMESPACE, name, ObjectMetricSeries(self._ledger, name))

    def scrape(self) -> None:
        """Bring everything up to now; a second scrape within a second does nothing."""
        now = self._world.clock.now()
        if self._at is not None and now - self._at < LEAST_SECONDS:
            return
        self._at = now
        self._ledger.look(self._world)
        self._scraper.put(now, self._samples())

    def _samples(self) -> Iterator[Sample]:
        world = self._world
        if server := api_server(world):
            yield "up", KUBE_STATE, 1.0
            yield "up", server, 1.0
            for labels, count in request_counts.requests(world):
                yield "apiserver_request_total", {**server, **labels}, count
        nodes = {node["metadata"]["name"]: node for node in world.objects.all("Node")}
        ready = {name for name, node in nodes.items() if is_ready(node)}  # by kubelets that answer
        usage = {name: MachineUsage() for name in nodes}
        volumes: dict[tuple[str, ...], Sample] = {}
        for pod in world.objects.all("Pod"):
            name = pod["spec"].get("nodeName", "")
            if name in nodes and not frozen.is_frozen(world, pod):
                yield from self._pod(pod, usage[name], reports=name in ready)
                if name in ready:
                    volumes |= {tuple(s[1].values()): s for s in kubelets.volumes(world, pod)}
        yield from volumes.values()
        for name, node in nodes.items():
            yield from self._machines.samples(world, node, usage[name])

    def _pod(self, pod: Obj, usage: MachineUsage, *, reports: bool) -> Iterator[Sample]:
        """What its containers use, summed up in `usage`, and told where the kubelet answers."""
        world, now = self._world, self._world.clock.now()
        used = pod_usage(world, pod)
        if not used:
            return
        usage.pods += 1
        own = cadvisor.of_pod(pod) if reports else {}
        by_container = dict(cadvisor.containers(pod)) if reports else {}
        for name, (cores, memory) in used.items():
            process = running_processes(world).get((pod["metadata"]["namespace"], pod["metadata"]["name"], name))
            usage.containers += 1
            usage.cores += cores / 1e9
            usage.memory += memory
            if process is not None:
                usage.requests += process.rate
                usage.disk += growth_now(process, process.profile.disk, now)
            if reports:
                labels = {**own, **by_container.get(name, {"container": name})}
                yield from cadvisor.usage(labels, float(memory), process, now)
