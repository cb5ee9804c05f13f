"""What a node itself writes down: the kernel's lines in the `host` group, those of its services in `dataplane`."""

from __future__ import annotations

import json
from functools import partial
from zlib import crc32

from sre_lab.clock import rfc3339
from sre_lab.instrumentation.insights.agents import LOGS_AGENT, InsightsAgents
from sre_lab.objects.store import Obj, ObjectChange
from sre_lab.telemetry import LogEvent
from sre_lab.world import World

ERRORS = ("CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "CreateContainerConfigError", "RunContainerError")


class NodeJournals:
    """Writes a line when a container's state says that something happened to it."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.objects.subscribe(self._on_change)

    def _on_change(self, change: ObjectChange) -> None:
        if change.object["kind"] != "Pod" or change.type != "MODIFIED" or change.before is None:
            return
        before = {s["name"]: s for s in (change.before.get("status") or {}).get("containerStatuses") or []}
        for status in (change.object.get("status") or {}).get("containerStatuses") or []:
            old, new = before.get(status["name"], {}).get("state") or {}, status.get("state") or {}
            if old == new:
                continue
            termination, waiting = new.get("terminated") or {}, new.get("waiting") or {}
            if termination.get("reason") == "OOMKilled":
                self._world.clock.after(0, partial(self._kernel, change.object, status["name"]))
            if waiting.get("reason") in ERRORS and waiting != old.get("waiting"):
                message = f"{waiting['reason']}: {waiting.get('message', '')}"
                self._world.clock.after(0, partial(self._kubelet, change.object, status["name"], message))

    def _kernel(self, pod: Obj, container: str) -> None:
        uid = pod["metadata"]["uid"].replace("-", "_")
        number = 2000 + crc32(uid.encode()) % 28000
        spec: Obj = next((c for c in pod["spec"]["containers"] if c["name"] == container), {})
        limit = ((spec.get("resources") or {}).get("limits") or {}).get("memory", "")
        group = f"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{uid}.slice"
        for text in (
            f"{container} invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=984",
            f"memory: usage at limit {limit}, failcnt 38; task_memcg={group}, task={container}, pid={number}, uid=0",
            f"Memory cgroup out of memory: Killed process {number} ({container}) oom_score_adj:984",
        ):
            record = {"host": _node(pod), "ident": "kernel", "message": text}
            self._write("host", _node(pod), "host.messages", {**record, "time": rfc3339(self._world.clock.now())})

    def _kubelet(self, pod: Obj, container: str, message: str) -> None:
        meta = pod["metadata"]
        about = f'pod="{meta["namespace"]}/{meta["name"]}" podUID="{meta["uid"]}"'
        problem = f'failed to \\"StartContainer\\" for \\"{container}\\" with {message}'
        text = f'"Error syncing pod, skipping" err="{problem}" {about}'
        record = {"message": text, "hostname": _node(pod), "systemd_unit": "kubelet.service"}
        self._write("dataplane", _node(pod), "dataplane.systemd.kubelet.service", record)

    def _write(self, group: str, node: str, stream: str, record: dict[str, str]) -> None:
        if node and InsightsAgents(self._world, LOGS_AGENT).run_on(node):
            name = f"/aws/containerinsights/{self._world.cluster.name}/{group}"
            self._world.logs.append(name, LogEvent(self._world.clock.now(), f"{node}-{stream}", json.dumps(record)))


def _node(pod: Obj) -> str:
    return str(pod["spec"].get("nodeName", ""))
