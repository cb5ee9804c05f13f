"""Tool `kubectl_callers`: the workloads whose configuration names a host or a cloud resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mcp_servers.contract.facts import Answer, Observation, Relation, Subject
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.observe import needs as extract_needs
from mcp_servers.kubernetes.observe import refusals as extract_refusals
from mcp_servers.kubernetes.observe import services as extract_services
from mcp_servers.kubernetes.observe import workloads as extract_workloads
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.reading import compact, read
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree, workload_trees
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import table
from mcp_servers.serving.registry import read_tool

KINDS_READ: Final = (
    *("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "ReplicaSet", "Pod"),
    *("ConfigMap", "Service", "Endpoints", "Event"),
)
DISPLAY_LIMIT: Final = 12


class Callers:
    def __init__(self, api: Api) -> None:
        self._api = api

    @read_tool("Find callers")
    def kubectl_callers(
        self,
        name: inputs.CalledName,
        kind: inputs.CalledKind = "Address",
        scope: inputs.CalledScope = "",
        namespace: inputs.NamespaceOrAll = "",
    ) -> Answer:
        """The workloads that name a host, queue, table, database, cache or function in their variables, arguments or
        the ConfigMaps that become variables, with their replicas and how many are ready.

        `kind` and `scope` (`<account>/<region>`) are the resource's own, so that the results can
        be joined. Values are read, never shown. Values in Secrets and mounted files are not read.
        """
        request = f"kubectl_callers(name={name!r})"
        if len(name) < 3:
            raise TeachingError("bad_request", request, "is too short to be distinguished from other words.")
        lists = read(self._api, namespace, KINDS_READ, required=["Pod"])
        assert lists.as_of is not None
        target = Subject(scope=scope or self._api.name, kind=kind, name=name)
        observations: list[Observation] = []
        relations: list[Relation] = []
        rows: list[list[str]] = []
        callers: list[WorkloadTree] = []
        for part in lists.by_namespace().values():
            config = {o.name(m): _data(m) for m in part.of("ConfigMap")}
            trees = workload_trees(part, self._api.name, lists.as_of)
            callers += [f for f in trees if extract_needs.names(f.template, name, config)]
        for tree in callers[:DISPLAY_LIMIT]:
            services = extract_services.in_front_of(tree)
            facts = [
                *extract_workloads.observe(tree),
                *extract_refusals.observe(tree),
                *extract_needs.observe(tree),
            ]
            facts += extract_services.observe(services, tree.scope, tree.lists)
            observations += facts
            relations.append(Relation(kind="calls", source=tree.subject, target=target))
            relations += [*extract_services.relations(services, tree), *tree.relations()]
            rows.append([tree.subject.short, str(len(tree.pods)), ", ".join(x.code for x in facts)])
        where = f"namespace {namespace}" if namespace else "all namespaces"
        head = f"{len(callers)} workloads in {where} refer to {name}."
        return Answer(
            text=f"{head}\n\n{table(['workload', 'pods', 'facts'], rows)}" if rows else head,
            as_of=lists.as_of,
            data={"callers": [f.subject.short for f in callers]},
            observations=observations,
            relations=relations,
            coverage=compact(lists.coverage),
            left_out={"callers": len(callers) - DISPLAY_LIMIT} if len(callers) > DISPLAY_LIMIT else {},
        )


def _data(config_map: Mapping[str, object]) -> dict[str, str]:
    data = config_map.get("data")
    return {str(k): str(v) for k, v in data.items()} if isinstance(data, dict) else {}
