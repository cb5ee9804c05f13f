"""What a probe of a container asks, and how long it waits. None is added or removed."""

from __future__ import annotations

from typing import Any

from mcp_servers.contract.probes import PROBE_TIMES, PROBE_WAYS
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.client import ClusterConnection, Obj
from mcp_servers.kubernetes.writes.edits import Edit, TemplateWrite, pointer_below
from mcp_servers.kubernetes.writes.services import number_or_name
from mcp_servers.serving.errors import TeachingError


class SetProbe(TemplateWrite):
    """Path, port and times of one probe."""

    tool = "kubectl_set_probe"
    title = "Set a probe"

    def __init__(
        self,
        cluster: ClusterConnection,
        namespace: inputs.Permitted,
        kind: inputs.TemplateKind,
        name: inputs.WorkloadName,
        probe: inputs.ProbeName,
        container: inputs.OnlyContainer = "",
        path: inputs.ProbePath = "",
        port: inputs.PodPort = "",
        initial_delay_seconds: inputs.Seconds = None,
        period_seconds: inputs.Seconds = None,
        timeout_seconds: inputs.Seconds = None,
        failure_threshold: inputs.Times = None,
        success_threshold: inputs.Times = None,
    ) -> None:
        """Change what an existing probe of a container asks, and its times, which replaces the pods. What is not given
        stays.
        """
        super().__init__(cluster, namespace, kind, name)
        self._container, self._probe, self._path, self._port = container, probe, path, str(port)
        times = {
            "initial_delay_seconds": initial_delay_seconds,
            "period_seconds": period_seconds,
            "timeout_seconds": timeout_seconds,
            "failure_threshold": failure_threshold,
            "success_threshold": success_threshold,
        }
        self._times = {argument: number for argument, number in times.items() if number is not None}
        if not (path or self._port or self._times):
            options = ", ".join(("path", "port", *PROBE_TIMES))
            raise TeachingError("bad_request", self.aim, "no value is given.", f"Give one of: {options}.")

    @property
    def aim(self) -> str:
        return f"set the {self._probe} of {self._container or 'the container'} of {self._at.subject}"

    def edit(self, body: Obj) -> Edit:
        at, container = self.container(body, self._container)
        probe = container.get(self._probe)
        if not probe:
            raise TeachingError("not_found", self.aim, f"container {container['name']} has no {self._probe}.")
        at = pointer_below(at, self._probe)
        values: dict[str, Any] = {}
        before: dict[str, Any] = {"container": container["name"], "probe": self._probe}
        if self._path or self._port:
            way = next((one for one in PROBE_WAYS if probe.get(one)), "")
            if not way or (self._path and way != "httpGet"):
                raise TeachingError("bad_request", self.aim, "it does not ask over HTTP, or at no port at all.")
            if self._path:
                values[pointer_below(at, way, "path")] = self._path
                before["path"] = probe[way].get("path") or "/"
            if self._port:
                values[pointer_below(at, way, "port")] = number_or_name(self._port)
                before["port"] = probe[way]["port"]
        for argument, number in self._times.items():
            field, default = PROBE_TIMES[argument]
            values[pointer_below(at, field)] = None if number == default else number
            before[argument] = probe.get(field, default)
        return Edit(values, before)
