"""Tool `kubectl_callers`: the workloads whose configuration names a host or a cloud resource."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.facts import Answer, Coverage, Observation, Relation, Subject
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.observe import needs as extract_needs
from mcp_servers.kubernetes.observe import refusals as extract_refusals
from mcp_servers.kubernetes.observe import services as extract_services
from mcp_servers.kubernetes.observe import workloads as extract_workloads
from mcp_servers.kubernetes.observe.references import references
from mcp_servers.kubernetes.snapshot.config_values import listed_texts
from mcp_servers.kubernetes.snapshot.reading import compact, read
from mcp_servers.kubernetes.snapshot.workload_tree import workload_trees
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import table
from mcp_servers.serving.registry import read_tool

KINDS_READ: Final = (
    *("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "ReplicaSet", "Pod"),
    *("Service", "Endpoints", "Event"),
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
        the ConfigMaps that become variables or files, with their replicas and how many are ready.

        `kind` and `scope` (`<account>/<region>`) are the resource's own, so that the results can
        be joined. Values are read, never shown. Values in Secrets are not read.
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
        gaps: list[Coverage] = []
        trees = [f for part in lists.by_namespace().values() for f in workload_trees(part, self._api.name, lists.as_of)]
        config_names = {(f.namespace, r.name) for f in trees for r in references(f.template) if r.kind == "ConfigMap"}
        config = listed_texts(self._api, namespace, config_names, gaps)
        callers = [f for f in trees if extract_needs.names(f.template, name, config.get(f.namespace, {}))]
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
            coverage=compact([*lists.coverage, *gaps]),
            left_out={"callers": len(callers) - DISPLAY_LIMIT} if len(callers) > DISPLAY_LIMIT else {},
        )
