"""Tool `kubectl_callees`: whom a workload calls, hop by hop, as its configuration tells, and what stands there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from mcp_servers.contract.facts import Answer, Coverage, Observation, Relation, Subject
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.observe import configured_calls
from mcp_servers.kubernetes.observe import containers as extract_containers
from mcp_servers.kubernetes.observe import needs as extract_needs
from mcp_servers.kubernetes.observe import service_targets as extract_sending
from mcp_servers.kubernetes.observe import services as extract_services
from mcp_servers.kubernetes.observe import workloads as extract_workloads
from mcp_servers.kubernetes.observe.references import references
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot import service_names
from mcp_servers.kubernetes.snapshot.config_values import config_maps, texts
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists, compact, read
from mcp_servers.kubernetes.snapshot.workload_tree import CONTROLLERS, WorkloadTree, behind, by_name, gather, top
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import table
from mcp_servers.serving.near_names import near, offer
from mcp_servers.serving.registry import read_tool

KINDS_READ: Final = (*CONTROLLERS, "Pod", "Service", "Endpoints")
HOPS: Final = 3
WORKLOADS: Final = 12  # whose configuration is read
CONFIG_MAPS: Final = 8  # of one workload
NAMESPACES: Final = 5


@dataclass(frozen=True)
class CalledService:
    """One hop: who calls, by which host, and the Service that is meant with what it sends to."""

    caller: Subject
    host: str
    service: Obj
    trees: list[WorkloadTree]
    facts: list[Observation]


@dataclass
class ConfiguredPath:
    """What one walk has read so far; `lists` are those of each namespace on the way."""

    api: Api
    services: Lists
    lists: dict[str, Lists]
    coverage: list[Coverage] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    hops: list[CalledService] = field(default_factory=list)
    astray: list[Observation] = field(default_factory=list)  # hosts and ports that no Service has
    left_out: int = 0

    def walk(self, roots: list[WorkloadTree]) -> None:
        """Breadth first, each workload once."""
        keys, edge = {tree.subject.key for tree in roots}, roots
        for _ in range(HOPS):
            hops = [hop for tree in edge for hop in self._hops_from(tree)]
            self.hops += hops
            fresh = {tree.subject.key: tree for hop in hops for tree in hop.trees if tree.subject.key not in keys}
            self.left_out += max(0, len(keys) + len(fresh) - WORKLOADS)
            edge = list(fresh.values())[: max(0, WORKLOADS - len(keys))]
            keys |= {tree.subject.key for tree in edge}

    def _hops_from(self, tree: WorkloadTree) -> Iterator[CalledService]:
        """The Services of the cluster that a workload's configuration names."""
        names = list(dict.fromkeys(r.name for r in references(tree.template) if r.kind == "ConfigMap"))[:CONFIG_MAPS]
        config = {name: texts(one) for name, one in config_maps(self.api, tree.namespace, names, self.coverage)}
        self.astray += configured_calls.observe(tree, self.services, config)
        targets: set[str] = set()
        for host in extract_needs.hosts(tree.template, config):
            final, aliases = service_names.aliased(host, tree.namespace, self.services)
            service = service_names.service_of(final, tree.namespace, self.services)
            on_the_way = [*aliases, *([service] if service is not None else [])]
            self.relations += [self._calls(tree.subject, o.subject(self.api.name, one)) for one in on_the_way]
            if service is None or o.subject(self.api.name, service).short in targets:
                continue
            target = o.subject(self.api.name, service)
            targets.add(target.short)
            if (lists := self._lists_of(target.namespace)) is not None:
                yield self._hop(tree.subject, host, service, lists)

    def _hop(self, caller: Subject, host: str, service: Obj, lists: Lists) -> CalledService:
        assert lists.as_of is not None
        trees = [gather(root, lists, self.api.name, lists.as_of) for root in behind(service, lists)]
        facts = [
            *extract_services.observe([service], self.api.name, lists),
            *extract_sending.observe(service, self.api.name, lists),
            *(x for tree in trees for x in extract_workloads.observe(tree)),
            *(x for tree in trees for x in _of_containers(tree)),
        ]
        for tree in trees:
            self.relations += [*tree.relations(), *extract_services.relations([service], tree)]
        return CalledService(caller, host, service, trees, facts)

    def _calls(self, caller: Subject, target: Subject) -> Relation:
        return Relation(kind="calls", source=caller, target=target)

    def _lists_of(self, namespace: str) -> Lists | None:
        """The lists of a namespace, read once; None for one too many, or where its pods may not be read."""
        if namespace not in self.lists and len(self.lists) < NAMESPACES:
            self.lists[namespace] = read(self.api, namespace, KINDS_READ, beside=True)
            self.coverage += self.lists[namespace].coverage
        lists = self.lists.get(namespace)
        return lists if lists is not None and lists.as_of is not None and lists.has("Pod") else None


def _of_containers(tree: WorkloadTree) -> Iterator[Observation]:
    """What the containers of its pods show by their states: a callee may serve between two crashes."""
    for pod in tree.pods:
        yield from extract_containers.observe(pod, o.subject(tree.scope, pod), (), tree.now)


class Callees:
    def __init__(self, api: Api) -> None:
        self._api = api

    @read_tool("Find callees")
    def kubectl_callees(self, namespace: inputs.Namespace, name: inputs.LogName) -> Answer:
        """Whom a workload calls, and whom these call in turn, up to 3 hops: the Services of the cluster that its
        variables, arguments and ConfigMaps (also as files) name, with their endpoints and the workloads behind them.

        A callee may be down while the caller's log names nobody. Values are read, never shown, and only hosts of them
        are told; those in Secrets and of the world outside are not. `data.hops` holds {caller, host, service, facts}.
        """
        lists = read(self._api, namespace, KINDS_READ, required=["Pod", "Service"])
        assert lists.as_of is not None
        obj = by_name(name, "", lists)
        if obj is None:
            names = near(name, [o.name(x) for kind in (*CONTROLLERS, "Service") for x in lists.of(kind)])
            raise TeachingError(
                "not_found", f"callees of {namespace}/{name}", "no workload or Service has that name.", offer(names)
            )
        roots = behind(obj, lists) if obj["kind"] == "Service" else [top(obj, lists)]
        services = read(self._api, "", ["Service", "Namespace"], beside=True)
        path = ConfiguredPath(self._api, services, {namespace: lists}, [*lists.coverage, *services.coverage])
        path.walk([gather(root, lists, self._api.name, lists.as_of) for root in roots])
        facts = (*path.astray, *(x for hop in path.hops for x in hop.facts))
        rows = [[hop.caller.short, hop.host, *_cells(hop, self._api.name)] for hop in path.hops]
        head = f"The configuration of {namespace}/{name} leads to {len(rows)} calls of Services."
        return Answer(
            text=f"{head}\n\n{table(['caller', 'host', 'Service', 'facts'], rows)}" if rows else head,
            as_of=max(one.as_of for one in path.lists.values() if one.as_of is not None),
            data={"hops": [dict(zip(("caller", "host", "service", "facts"), row, strict=True)) for row in rows]},
            observations=list({x.model_dump_json(): x for x in facts}.values()),
            relations=list({str(r.model_dump()): r for r in path.relations}.values()),
            coverage=compact(path.coverage),
            left_out={"workloads": path.left_out} if path.left_out else {},
        )


def _cells(hop: CalledService, scope: str) -> list[str]:
    return [o.subject(scope, hop.service).short, ", ".join(dict.fromkeys(x.code for x in hop.facts))]
