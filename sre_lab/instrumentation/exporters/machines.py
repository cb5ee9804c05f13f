"""What node-exporter tells of the machines, as far as the world knows it, and how many pods their kubelets run.

Work of the system is the part that no pod has. What is left out (load, swap, inodes, times of devices, how memory is
divided among buffers and caches) nobody has decided here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sre_lab.behaviour.kubelet.process import number
from sre_lab.instrumentation.exporters.cadvisor import PORT
from sre_lab.instrumentation.exporters.metric_tables import at
from sre_lab.instrumentation.exporters.nodes import address, is_ready
from sre_lab.instrumentation.exporters.scraper import Sample
from sre_lab.instrumentation.insights.nodes import SYSTEM_CPU
from sre_lab.instrumentation.insights.pods import ANSWER_BYTES, IDLE_BYTES, REQUEST_BYTES, capacity
from sre_lab.objects.store import Obj
from sre_lab.world import World

EXPORTER = "node-exporter"
DISK = {"device": "/dev/nvme0n1p1", "fstype": "ext4", "mountpoint": "/"}
INTERFACE = {"device": "eth0"}
PATHS = ("/metrics", "/metrics/cadvisor")  # of a kubelet
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


@dataclass
class MachineUsage:
    """What the pods of a machine take at this moment: cores, bytes of memory and disk, requests per second."""

    pods: int = 0
    containers: int = 0
    cores: float = 0.0
    memory: float = 0.0
    disk: float = 0.0
    requests: float = 0.0


@dataclass
class MachineCounters:
    """Counters of one machine, in seconds and bytes since it was first looked at."""

    at: float
    user: float = 0.0
    system: float = 0.0
    idle: float = 0.0
    received: float = 0.0
    sent: float = 0.0

    def run(self, now: float, usage: MachineUsage, cores: float) -> None:
        """Let time pass in which the pods took so much."""
        span, self.at = now - self.at, now
        system = min(SYSTEM_CPU, cores)
        user = min(usage.cores, cores - system)
        self.user += user * span
        self.system += system * span
        self.idle += (cores - user - system) * span
        self.received += (IDLE_BYTES * usage.pods + REQUEST_BYTES * usage.requests) * span
        self.sent += (IDLE_BYTES * usage.pods + ANSWER_BYTES * usage.requests) * span


class MachineExporter:
    """The meters of one world's machines, by the name of their nodes."""

    def __init__(self) -> None:
        self._meters: dict[str, MachineCounters] = {}

    def samples(self, world: World, node: Obj, usage: MachineUsage) -> Iterator[Sample]:
        """Of one node: whether its exporters answer, and what they say."""
        name, host, ready = node["metadata"]["name"], address(node), is_ready(node)
        for path in PATHS:
            labels = {"job": "kubelet", "metrics_path": path, "instance": f"{host}:{PORT}", "node": name}
            yield "up", labels, float(ready)
        if ready:
            own = {"job": "kubelet", "metrics_path": PATHS[0], "instance": f"{host}:{PORT}", "node": name}
            yield "kubelet_node_name", own, 1.0
            yield "kubelet_running_pods", own, float(usage.pods)
            yield "kubelet_running_containers", {**own, "container_state": "running"}, float(usage.containers)
        if world.cluster.has(name):
            yield from self._machine(world, node, usage)

    def _machine(self, world: World, node: Obj, usage: MachineUsage) -> Iterator[Sample]:
        """The machine answers whatever its kubelet does."""
        name, now = node["metadata"]["name"], world.clock.now()
        facts, cores = world.cluster.facts(name), capacity(node, "cpu")
        own = {"job": EXPORTER, "instance": name}
        meter = self._meters.setdefault(name, MachineCounters(now))
        meter.run(now, usage, cores)
        yield "up", own, 1.0
        for cpu in range(int(cores)):
            for mode, seconds in (("idle", meter.idle), ("system", meter.system), ("user", meter.user)):
                yield "node_cpu_seconds_total", {**own, "cpu": str(cpu), "mode": mode}, round(seconds / cores, 2)
        memory = capacity(node, "memory")
        yield "node_memory_MemTotal_bytes", own, memory
        available = memory - number(facts.memory_used) - usage.memory
        yield "node_memory_MemAvailable_bytes", own, max(0.0, available)
        size, where = number(facts.disk), {**own, **DISK}
        free = max(0.0, size - number(facts.disk_used) - usage.disk)
        yield "node_filesystem_size_bytes", where, size
        yield "node_filesystem_avail_bytes", where, free
        yield "node_filesystem_free_bytes", where, free
        yield "node_filesystem_readonly", where, 0.0
        yield "node_network_receive_bytes_total", {**own, **INTERFACE}, round(meter.received)
        yield "node_network_transmit_bytes_total", {**own, **INTERFACE}, round(meter.sent)
        yield "node_time_seconds", own, now + facts.clock_skew
        yield "node_timex_offset_seconds", own, facts.clock_skew
        info = at(node, ("status", "nodeInfo")) or {}
        machine = {"sysname": "Linux", "machine": MACHINES.get(info.get("architecture", ""), "")}
        yield "node_uname_info", {**own, **machine, "nodename": name, "release": info.get("kernelVersion", "")}, 1.0


HELP = {
    "kubelet_node_name": ("gauge", "The node's name. The count is always 1."),
    "kubelet_running_containers": ("gauge", "Number of containers currently running"),
    "kubelet_running_pods": ("gauge", "Number of pods that have a running pod sandbox"),
    "node_cpu_seconds_total": ("counter", "Seconds the CPUs spent in each mode."),
    "node_filesystem_avail_bytes": ("gauge", "Filesystem space available to non-root users in bytes."),
    "node_filesystem_free_bytes": ("gauge", "Filesystem free space in bytes."),
    "node_filesystem_readonly": ("gauge", "Filesystem read-only status."),
    "node_filesystem_size_bytes": ("gauge", "Filesystem size in bytes."),
    "node_memory_MemAvailable_bytes": ("gauge", "Memory information field MemAvailable_bytes."),
    "node_memory_MemTotal_bytes": ("gauge", "Memory information field MemTotal_bytes."),
    "node_network_receive_bytes_total": ("counter", "Network device statistic receive_bytes."),
    "node_network_transmit_bytes_total": ("counter", "Network device statistic transmit_bytes."),
    "node_time_seconds": ("gauge", "System time in seconds since epoch (1970)."),
    "node_timex_offset_seconds": ("gauge", "Time offset in between local system and reference clock."),
    "node_uname_info": ("gauge", "Labeled system information as provided by the uname system call."),
}
