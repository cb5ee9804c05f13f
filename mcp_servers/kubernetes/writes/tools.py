"""The write tools, and the door to each cluster that they go through. What they do stands in `write_*`."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, Final, Literal

from mcp_servers.contract.facts import Answer
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.client import Cluster
from mcp_servers.kubernetes.connection.clusters import Clusters
from mcp_servers.kubernetes.offered import ARGUMENT
from mcp_servers.kubernetes.writes.ingresses import SetIngressBackend
from mcp_servers.kubernetes.writes.object import ObjectWrite
from mcp_servers.kubernetes.writes.rollouts import RolloutRestart, RolloutUndo
from mcp_servers.kubernetes.writes.services import ANYWAY, SetService
from mcp_servers.kubernetes.writes.sizes import Scale, SetResources
from mcp_servers.serving.arguments import Options
from mcp_servers.writing.guard import WriteDoor
from mcp_servers.writing.used_permits import UsedPermits

AUDIENCE: Final = "kubernetes"
SYSTEM: Final = ("kube-*",)  # a pattern never opens these; an operator has to name one in full
WRITES: Final[tuple[type[ObjectWrite], ...]] = (
    RolloutUndo,
    SetResources,
    Scale,
    RolloutRestart,
    SetService,
    SetIngressBackend,
)

Workload = Literal["Deployment", "StatefulSet", "DaemonSet"]
Scalable = Literal["Deployment", "StatefulSet"]
TrafficPolicy = Literal["", "Cluster", "Local"]


class Doors:
    """The door to each cluster, with one memory of used permits. Nothing is connected before the first write.

    A pattern of the allowlist is `NAMESPACE`, of the default cluster, or `CLUSTER/NAMESPACE`.
    """

    def __init__(self, clusters: Clusters, options: Options) -> None:
        self._clusters, self._options = clusters, options
        self._used = UsedPermits(options.used_permits) if options.used_permits else None
        self._doors: dict[str, WriteDoor] = {}

    def of(self, name: str) -> WriteDoor:
        """The door to the cluster of that name, the default one for none; TeachingError where there is none."""
        if name not in self._doors:
            self._doors[name] = self._made(self._clusters.of(name), name)
        return self._doors[name]

    def kubectl_preview(self, tool: inputs.PreviewedTool, arguments: inputs.PreviewedCall) -> Answer:
        """What a write tool would do with these arguments: a dry run on the API server, which changes nothing.

        `data` holds `diff` (lines), `blast_radius` (a sentence), `undo` ({tool, arguments} or null), `target` and
        `scope`. A permit has to be minted for exactly these arguments and this target; where `data.arguments` is
        there, for those: they name what was asked more exactly. `template` says of an undo whether the Deployment ever
        ran it. Where there are several clusters, `arguments` may name one as `cluster`.
        """
        return self.of(str(arguments.get(ARGUMENT) or "")).preview(tool, arguments)

    def _made(self, cluster: Cluster, name: str) -> WriteDoor:
        options, default = self._options, self._clusters.names[0]
        prefix = f"{name}/" if name not in ("", default) else ""
        return WriteDoor(
            audience=AUDIENCE,
            scope=lambda: cluster.name,
            enabled=options.writes,
            allowed=tuple(p for p in options.allow if "/" in p) if prefix else _of_default(options.allow, default),
            by_name_only=tuple(prefix + pattern for pattern in SYSTEM),
            key=options.permit_key,
            used=self._used,
            now=cluster.now,
            writes={write.tool: partial(_build, write, cluster, prefix) for write in WRITES},
        )


def _of_default(patterns: Sequence[str], default: str) -> tuple[str, ...]:
    """The patterns for namespaces of the default cluster, which need not name it."""
    parts = [pattern.rpartition("/") for pattern in patterns]
    return tuple(namespace for cluster, slash, namespace in parts if not slash or fnmatchcase(default, cluster))


def _build(write: type[ObjectWrite], connection: Cluster, prefix: str, **arguments: Any) -> ObjectWrite:
    asked = str(arguments.pop(ARGUMENT, ""))
    built = write(connection, **arguments)
    built.asked, built.prefix = asked, prefix
    return built


class Writes:
    """The tools, on the cluster that was asked for. Each hands its arguments to the door, which decides; an empty
    argument is as good as none."""

    def __init__(self, door: WriteDoor, cluster: str) -> None:
        self._door, self._asked = door, {ARGUMENT: cluster}

    def kubectl_rollout_undo(
        self,
        namespace: inputs.Permitted,
        name: inputs.WorkloadName,
        to_revision: inputs.ToRevision,
        replica_set_uid: inputs.ReplicaSetUid,
        template_hash: inputs.TemplateHash,
        kind: inputs.DeploymentKind = "",
        permit: inputs.Permit = "",
    ) -> Answer:
        """Put a Deployment back to the pod template of an earlier revision, which then gets the next number.

        `replica_set_uid` and `template_hash` say which ReplicaSet and which template the number meant when it was
        decided; kubectl_preview, which may be asked without them, gives them in `data.arguments`.
        """
        arguments = {
            "namespace": namespace,
            "kind": kind,
            "name": name,
            "to_revision": to_revision,
            "replica_set_uid": replica_set_uid,
            "template_hash": template_hash,
        }
        return self._door.execute(RolloutUndo.tool, arguments | self._asked, permit)

    def kubectl_set_resources(
        self,
        namespace: inputs.Permitted,
        kind: inputs.RestartedKind,
        name: inputs.WorkloadName,
        container: inputs.OnlyContainer = "",
        memory_limit: inputs.Memory = "",
        memory_request: inputs.Memory = "",
        cpu_limit: inputs.Cpu = "",
        cpu_request: inputs.Cpu = "",
        permit: inputs.Permit = "",
    ) -> Answer:
        """Set limits and requests of a container, which replaces the pods.

        An empty value leaves what is there, "none" takes it away. `container` may be left out where there is only one.
        """
        arguments = {
            "namespace": namespace,
            "kind": kind,
            "name": name,
            "container": container,
            "memory_limit": memory_limit,
            "memory_request": memory_request,
            "cpu_limit": cpu_limit,
            "cpu_request": cpu_request,
        }
        return self._door.execute(SetResources.tool, arguments | self._asked, permit)

    def kubectl_scale(
        self,
        namespace: inputs.Permitted,
        kind: inputs.ScaledKind,
        name: inputs.WorkloadName,
        replicas: inputs.Replicas,
        permit: inputs.Permit = "",
    ) -> Answer:
        """Set the number of replicas."""
        arguments = {"namespace": namespace, "kind": kind, "name": name, "replicas": replicas}
        return self._door.execute(Scale.tool, arguments | self._asked, permit)

    def kubectl_rollout_restart(
        self,
        namespace: inputs.Permitted,
        kind: inputs.RestartedKind,
        name: inputs.WorkloadName,
        permit: inputs.Permit = "",
    ) -> Answer:
        """Replace every pod by a new one of the same template. There is no undo."""
        arguments = {"namespace": namespace, "kind": kind, "name": name}
        return self._door.execute(RolloutRestart.tool, arguments | self._asked, permit)

    def kubectl_set_service(
        self,
        namespace: inputs.Permitted,
        name: inputs.ServiceName,
        kind: inputs.ServiceKind = "",
        selector: inputs.WholeSelector = "",
        port: inputs.ServicePort = "",
        target_port: inputs.PodPort = "",
        internal_traffic_policy: inputs.Traffic = "",
        external_traffic_policy: inputs.Traffic = "",
        even_if_unserved: inputs.Unserved = False,
        permit: inputs.Permit = "",
    ) -> Answer:
        """Change where a Service sends: its whole selector (`app=web,tier=front`), the target port of its `port`
        (number or name, left out where there is only one), its traffic policies. What is not given stays.

        A selector that takes no ready pod is refused, and so is a named target port that no pod has. Only an undo,
        which restores what was there, sets `even_if_unserved`.
        """
        arguments = {
            "namespace": namespace,
            "kind": kind,
            "name": name,
            "selector": selector,
            "port": port,
            "target_port": target_port,
            "internal_traffic_policy": internal_traffic_policy,
            "external_traffic_policy": external_traffic_policy,
        }
        return self._door.execute(SetService.tool, arguments | _anyway(even_if_unserved) | self._asked, permit)

    def kubectl_set_ingress_backend(
        self,
        namespace: inputs.Permitted,
        name: inputs.IngressName,
        service: inputs.BackendService,
        port: inputs.BackendPort,
        host: inputs.RuleHost = "",
        path: inputs.RulePath = "",
        even_if_unserved: inputs.Unserved = False,
        permit: inputs.Permit = "",
    ) -> Answer:
        """Send one existing rule of an Ingress to another Service and port (number or name), which have to be there.

        `host` and `path` choose the rule and may be left out where there is only one. Only an undo, which restores
        what was there, sets `even_if_unserved`.
        """
        arguments = {
            "namespace": namespace,
            "name": name,
            "service": service,
            "port": port,
            "host": host,
            "path": path,
        }
        return self._door.execute(SetIngressBackend.tool, arguments | _anyway(even_if_unserved) | self._asked, permit)


def _anyway(wanted: bool) -> dict[str, Any]:
    """As an argument: one that is false was not given, so a permit over the call without it fits."""
    return {ANYWAY: True} if wanted else {}
