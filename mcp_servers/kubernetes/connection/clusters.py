"""Which clusters this server has, by the names that its tools take, and one connection to each that is asked for.

Names are contexts of the kubeconfig, EKS clusters as they were given, or `in-cluster`. Nothing is read before the
first name is needed, nothing connected before the first request.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mcp_servers.kubernetes.connection import kubeconfig as connecting
from mcp_servers.kubernetes.connection.client import ClusterConnection
from mcp_servers.kubernetes.connection.eks import EksCluster
from mcp_servers.serving.errors import TeachingError

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

IN_CLUSTER: Final = "in-cluster"


@dataclass(frozen=True)
class ClusterSource:
    """`scope` is the cluster's name in facts and permits; contexts that lead to one `entry` lead to one cluster."""

    entry: tuple[str, str]
    scope: str
    connect: Callable[[], ApiClient]


class Clusters:
    """The contexts of a kubeconfig: those given, else all of them, the current one first; or the cluster that the
    server runs in; and the EKS clusters. The first is the default, and `name` its name in facts and permits.

    A kubeconfig that nobody named is not looked for where EKS clusters are given.
    """

    def __init__(
        self, *, kubeconfig: str = "", contexts: Sequence[str] = (), name: str = "", eks: Sequence[EksCluster] = (),
        account: Path = connecting.ACCOUNT,
    ) -> None:  # fmt: skip
        self._kubeconfig, self._contexts, self._name, self._eks = kubeconfig, tuple(contexts), name, tuple(eks)
        self._account = account
        self._lock = threading.Lock()
        self._sources: dict[str, ClusterSource] = {}
        self._open: dict[str, ClusterConnection] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """What the tools' `cluster` may be, the default first. Raises TeachingError where there is no cluster."""
        with self._lock:
            return tuple(self._by_name())

    @property
    def are_several(self) -> bool:
        """Whether a name chooses anything; a kubeconfig that cannot be read is told of by the first tool call."""
        if len(self._contexts) == 1 and not self._eks:
            return False  # without the kubeconfig, whose reading takes time
        try:
            return len(self.names) > 1
        except TeachingError:
            return False

    def of(self, name: str = "") -> ClusterConnection:
        """The cluster of that name, the default one for none. TeachingError `not_found` lists what there is."""
        with self._lock:
            sources = self._by_name()
            name = name or next(iter(sources))
            if name not in sources:
                there = f"this server has no cluster of that name. Known clusters: {', '.join(sources)}."
                raise TeachingError("not_found", f"cluster {name!r}", there)
            if name not in self._open:
                self._open[name] = ClusterConnection(sources[name].scope, sources[name].connect)
            return self._open[name]

    def close(self) -> None:
        with self._lock:
            for cluster in self._open.values():
                cluster.close()
            self._open.clear()

    def _by_name(self) -> dict[str, ClusterSource]:
        if not self._sources:
            sources = self._of_kubeconfig() if self._kubeconfig or self._contexts or not self._eks else {}
            for one in self._eks:
                if one.name in sources:
                    raise _twice(one.name)
                sources[one.name] = ClusterSource(("eks", one.name), one.name, partial(_of_eks, one))
            self._sources = _with_default_name(sources, self._name)
        return self._sources

    def _of_kubeconfig(self) -> dict[str, ClusterSource]:
        from kubernetes import config  # noqa: PLC0415 - the list of tools waits for it only where it has to know contexts

        request = f"the clusters of {self._kubeconfig or 'the default kubeconfig'}"
        try:
            contexts, current = config.list_kube_config_contexts(self._kubeconfig or None)
        except config.ConfigException as missing:
            if not self._kubeconfig and connecting.runs_in_cluster(self._account):
                here = partial(connecting.in_cluster, self._account)
                return {IN_CLUSTER: ClusterSource((IN_CLUSTER, ""), IN_CLUSTER, here)}
            to_do = "Give --kubeconfig and --context, or run inside a cluster."
            raise TeachingError("unavailable", request, f"no usable kubeconfig: {missing}.", to_do) from missing
        there: dict[str, dict[str, Any]] = {c["name"]: c["context"] for c in (current, *contexts)}
        if absent := [name for name in self._contexts if name not in there]:
            wrong = f"there is no context {', '.join(absent)}. Contexts: {', '.join(there)}."
            raise TeachingError("not_found", request, wrong, "Name one of these with --context.")
        return {
            name: ClusterSource(
                ("kubeconfig", str(there[name]["cluster"])),
                str(there[name]["cluster"]),
                partial(connecting.by_context, self._kubeconfig, name),
            )
            for name in self._contexts or there
        }


def _of_eks(cluster: EksCluster) -> ApiClient:
    """A client whose token is renewed in time by the wall clock, which alone goes on while a machine sleeps. Raises
    TeachingError."""
    from mcp_servers.kubernetes.connection.eks_access import EksAccess  # noqa: PLC0415 - boto3 is loaded for EKS alone

    return EksAccess(cluster).connect(time.time)


def _with_default_name(sources: dict[str, ClusterSource], scope: str) -> dict[str, ClusterSource]:
    """With the default's name in facts and permits. One name for two clusters would let a permit act on the wrong."""
    default = next(iter(sources.values())).entry
    result = {
        name: replace(source, scope=scope) if scope and source.entry == default else source
        for name, source in sources.items()
    }
    entries: dict[str, tuple[str, str]] = {}
    for source in result.values():
        if entries.setdefault(source.scope, source.entry) != source.entry:
            raise _twice(source.scope)
    return result


def _twice(name: str) -> TeachingError:
    to_do = "Rename one of them with --cluster or --eks."
    return TeachingError("bad_request", f"cluster {name!r}", "two clusters have this name.", to_do)
