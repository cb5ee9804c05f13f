"""The write guard of each cluster, which checks its writes; each write declares its own tool."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, Final

from mcp_servers.contract.facts import Answer
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.cluster_argument import ARGUMENT
from mcp_servers.kubernetes.connection.client import ClusterConnection
from mcp_servers.kubernetes.connection.clusters import Clusters
from mcp_servers.kubernetes.writes.nodes import NODE
from mcp_servers.kubernetes.writes.object import ObjectWrite
from mcp_servers.serving.arguments import ServerOptions
from mcp_servers.writing.guard import WriteGuard
from mcp_servers.writing.tools import refuse_wrong_types
from mcp_servers.writing.used_permits import open_used_permits

AUDIENCE: Final = "kubernetes"
SYSTEM: Final = ("kube-*",)  # a pattern never opens these; an operator has to name one in full


class ClusterWriteGuards:
    """The write guard of each cluster, with one memory of used permits. Nothing is connected before the first write.

    A pattern of the allowlist is `NAMESPACE`, of the default cluster, or `CLUSTER/NAMESPACE`; for nodes `node:NAME`.
    """

    def __init__(self, clusters: Clusters, options: ServerOptions, writes: Sequence[type[ObjectWrite]]) -> None:
        self._clusters, self._options, self._writes = clusters, options, tuple(writes)
        self._used_permits = open_used_permits(options.used_permits) if options.used_permits else None
        self._guards: dict[str, WriteGuard] = {}

    def of(self, name: str) -> WriteGuard:
        """The write guard of the cluster of that name, the default one for none; TeachingError where there is none."""
        if name not in self._guards:
            self._guards[name] = self._open(self._clusters.of(name), name)
        return self._guards[name]

    def kubectl_preview(self, tool: inputs.PreviewedTool, arguments: inputs.PreviewedCall) -> Answer:
        """What a write tool would do with these arguments: a dry run on the API server, which changes nothing.

        `data` holds `diff` (lines), `blast_radius` (a sentence), `undo` ({tool, arguments} or null), `target` and
        `scope`; `figures`, `namespace` and `other_actors` are the blast radius in numbers (null: unknown), `computed`
        says that nothing was tried. A permit has to be issued for exactly these arguments and this target; where
        `data.arguments` is there, for those: they name what was asked more exactly. `template` says of an undo whether
        the Deployment ever ran it. With several clusters, `arguments` may name one as `cluster`.
        """
        return self.of(str(arguments.get(ARGUMENT) or "")).preview(tool, arguments)

    def _open(self, cluster: ClusterConnection, name: str) -> WriteGuard:
        options, default = self._options, self._clusters.names[0]
        prefix = f"{name}/" if name not in ("", default) else ""
        return WriteGuard(
            audience=AUDIENCE,
            scope=lambda: cluster.name,
            enabled=options.writes,
            allowlist=tuple(p for p in options.allow if "/" in p) if prefix else _of_default(options.allow, default),
            by_name_only=tuple(prefix + pattern for pattern in SYSTEM),
            apart=(prefix + NODE,),
            keys=options.permit_keys,
            used_permits=self._used_permits,
            now=cluster.now,
            writes={write.tool: partial(_build, write, cluster, prefix, not options.writes) for write in self._writes},
        )


def _of_default(patterns: Sequence[str], default: str) -> tuple[str, ...]:
    """The patterns for namespaces of the default cluster, which need not name it."""
    parts = [pattern.rpartition("/") for pattern in patterns]
    return tuple(namespace for cluster, slash, namespace in parts if not slash or fnmatchcase(default, cluster))


def _build(
    write: type[ObjectWrite], connection: ClusterConnection, prefix: str, reading: bool, /, **arguments: Any
) -> ObjectWrite:
    cluster = str(arguments.pop(ARGUMENT, ""))
    refuse_wrong_types(write, arguments)
    object_write = write(connection, **arguments)
    object_write.cluster_argument, object_write.prefix, object_write.may_compute = cluster, prefix, reading
    return object_write


class ClusterWriteGuard:
    """The write guard of the cluster that was asked for, which is named in the call."""

    def __init__(self, guard: WriteGuard, cluster: str) -> None:
        self._guard, self._arguments = guard, {ARGUMENT: cluster}

    def execute(self, tool: str, arguments: dict[str, Any], token: str, /) -> Answer:
        return self._guard.execute(tool, arguments | self._arguments, token)
