"""Tool `kubectl_nodes`: the nodes: their health, their free capacity, what uses it, and which ones are being "
"removed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from mcp_servers.contract.bounds import untrusted
from mcp_servers.contract.facts import Answer, Observation, Relation, Subject, SubjectKey
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.observe import capacity as extract_capacity
from mcp_servers.kubernetes.observe import constraints as extract_guards
from mcp_servers.kubernetes.observe import node_removals as extract_leaving
from mcp_servers.kubernetes.observe import nodes as extract_nodes
from mcp_servers.kubernetes.observe import scaling_up
from mcp_servers.kubernetes.observe import zones as extract_zones
from mcp_servers.kubernetes.observe.capacity import RESOURCES, quantity_text
from mcp_servers.kubernetes.observe.headroom import headroom
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.namespaces import Surroundings
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists, compact, read
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import table, within
from mcp_servers.serving.near_names import near, offer
from mcp_servers.serving.registry import read_tool

ABOUT_NODES: Final = ("involvedObject.kind=Node", "involvedObject.kind=NodeClaim", "reason=ScaleUpTimedOut")
HOLDERS: Final = 3
HOSTED: Final = 40  # pods that are told with a node in trouble
ROWS: Final = 7_000
PAGES: Final = 20


@dataclass(frozen=True)
class _Places:
    """Nodes with what runs on them. `root` is the workload that a pod belongs to, by its owner alone."""

    scope: str
    lists: Lists
    pods: dict[str, list[Obj]]

    def requested(self, node: Obj, resource: str) -> Decimal:
        pods = self.pods.get(o.name(node), [])
        return sum((extract_capacity.requested(p, resource) for p in pods), Decimal(0))

    def root(self, pod: Obj) -> Subject:
        kind, name, _ = o.owner(pod)
        stem = name.removesuffix(f"-{o.labels(pod).get('pod-template-hash', '')}")
        if kind == "ReplicaSet" and stem != name:
            kind, name = "Deployment", stem
        if not kind:
            return o.subject(self.scope, pod)
        return Subject(scope=self.scope, kind=kind, namespace=str(o.meta(pod).get("namespace", "")), name=name)


class Nodes:
    def __init__(self, api: Api) -> None:
        self._api = api

    @read_tool("Nodes")
    def kubectl_nodes(self, name: inputs.NodeName = "") -> Answer:
        """The nodes, or one with its pods: health, what keeps new pods away, how much of each resource is requested,
        the workloads that request most, and nodes that the cloud provider or an autoscaler is removing.
        """
        lists = read(self._api, "", ["Node", "Pod", "Event"], required=["Node"], pages=PAGES,
                     fields={"Event": ABOUT_NODES})  # fmt: skip
        assert lists.as_of is not None
        nodes = [n for n in lists.of("Node") if name in ("", o.name(n))]
        leaving = list(extract_leaving.observe(self._api.name, nodes, lists.of("Event"), lists.as_of))
        if name and not nodes and not any(x.subject.name == name for x in leaving):
            names = near(name, [o.name(n) for n in lists.of("Node")])
            raise TeachingError("not_found", f"Node {name}", "it does not exist.", offer(names))
        places = _Places(self._api.name, lists, _by_node(lists))
        facts = [x for node in nodes for x in _facts(places, node, whole=bool(name))]
        facts += [x for x in leaving if name in ("", x.subject.name)]
        facts += [*scaling_up.not_joined(self._api.name, lists.of("Event")), *_holders(places)] if not name else []
        together, in_zones = extract_zones.zones(self._api.name, lists.of("Node"))
        facts += [
            x for x in extract_zones.out_of_memory(self._api.name, lists.of("Event")) if name in ("", x.subject.name)
        ]
        facts += [
            x for n in nodes for x in extract_zones.clock(n, o.subject(self._api.name, n), lists.as_of)
        ] + together
        rows = [_row(places, node) for node in nodes]
        page = within(rows, ROWS)
        troubled_nodes = {x.subject.name for x in facts if x.code not in ("node.full", "node.ready")}
        relations = [
            r for node in nodes if name or o.name(node) in troubled_nodes for r in _hosted_relations(places, node)
        ]
        for blocks in self._drains(places, nodes) if name else ():
            facts.append(blocks)
            relations.append(Relation(kind="guards", source=blocks.subject, target=o.subject(self._api.name, nodes[0])))
        return Answer(
            text=f"{len(nodes)} nodes of cluster {self._api.name}.\n\n"
            + table(list(page[0]) if page else [], [list(row.values()) for row in page], 200)
            + "".join(f"\n- {x.code} {x.subject.short}: {untrusted(x.excerpt)}" for x in facts[:30] if x.excerpt),
            as_of=lists.as_of,
            data={"nodes": page, "count": len(nodes), "scope": self._api.name}
            | ({"groups": headroom(nodes, places.requested)} if lists.has("Pod") and not name else {}),
            observations=facts,
            relations=[*relations, *in_zones],
            coverage=compact(lists.coverage),
            left_out={"nodes": len(rows) - len(page)} if len(rows) > len(page) else {},
        )

    def _drains(self, places: _Places, nodes: list[Obj]) -> list[Observation]:
        """Budgets that keep pods on these nodes, where they are cordoned: what a drain of them waits for."""
        closed = {o.name(n) for n in nodes if o.spec(n).get("unschedulable")}
        if not any(places.pods.get(name) for name in closed):
            return []
        budgets = read(self._api, "", ["PodDisruptionBudget"], beside=True)
        assert places.lists.as_of is not None
        observations: list[Observation] = []
        for namespace, lists in places.lists.merged(budgets).by_namespace().items():
            around = Surroundings(self._api.name, places.lists.as_of, namespace, lists, [])
            budget_facts = [x for x in extract_guards.budgets(around) if isinstance(x, Observation)]
            observations += [x for x in budget_facts if x.code == "budget.blocks_drain" and _about(x, closed)]
        return observations


def _about(blocks: Observation, names: set[str]) -> bool:
    node_names = blocks.attributes.get("nodes")
    return isinstance(node_names, list) and not names.isdisjoint(map(str, node_names))


def _by_node(lists: Lists) -> dict[str, list[Obj]]:
    by_node: dict[str, list[Obj]] = defaultdict(list)
    for pod in lists.of("Pod"):
        if (place := o.spec(pod).get("nodeName")) and not o.is_over(pod):
            by_node[str(place)].append(pod)
    return by_node


def _facts(places: _Places, node: Obj, *, whole: bool) -> Iterator[Observation]:
    subject = o.subject(places.scope, node)
    trouble = extract_nodes.observe(node, subject)
    yield from trouble
    if whole and not any(x.code == "node.not_ready" for x in trouble):
        yield Observation(code="node.ready", subject=subject)
    if o.spec(node).get("unschedulable"):
        yield Observation(code="node.closed", subject=subject, attributes={"why": "cordoned", "taint": ""})
    for taint in extract_capacity.untolerated(node, [], but=extract_capacity.OF_THE_SYSTEM):
        yield Observation(code="node.closed", subject=subject, attributes={"why": "taint", "taint": taint})
    for resource in RESOURCES if places.lists.has("Pod") else ():
        has, request = extract_capacity.allocatable(node, resource), places.requested(node, resource)
        if has and request >= extract_capacity.FULL * has:
            quantities = {"requested": quantity_text(request, resource), "allocatable": quantity_text(has, resource)}
            yield Observation(code="node.full", subject=subject, attributes={"resource": resource, **quantities})


def _holders(places: _Places) -> Iterator[Observation]:
    """Of each resource the workloads that ask for most, where they hold a good share of all there is."""
    for resource in RESOURCES if places.lists.has("Pod") else ():
        total = sum((extract_capacity.allocatable(n, resource) for n in places.lists.of("Node")), Decimal(0))
        by_workload: dict[SubjectKey, Decimal] = defaultdict(Decimal)
        pods: dict[SubjectKey, list[Obj]] = defaultdict(list)
        for pod in (p for pods in places.pods.values() for p in pods):
            root = places.root(pod)
            by_workload[root.key] += extract_capacity.requested(pod, resource)
            pods[root.key].append(pod)
        for key, request in sorted(by_workload.items(), key=lambda one: (-one[1], one[0]))[:HOLDERS] if total else []:
            root = places.root(pods[key][0])
            share = round(100 * request / total)
            newest = max((t for p in pods[key] if (t := o.created_at(p))), default=None)
            if share >= 10:
                count = len(pods[key])
                attributes = {"resource": resource, "requested": quantity_text(request, resource)}
                yield Observation(
                    code="workload.holds_most", subject=root, at=newest,
                    attributes={**attributes, "share": int(share), "pods": count},
                    excerpt=f"{count} pods request {attributes['requested']} {resource}, {share} % of all nodes",
                )  # fmt: skip


def _hosted_relations(places: _Places, node: Obj) -> list[Relation]:
    relations = []
    for pod in places.pods.get(o.name(node), [])[:HOSTED]:
        subject, root = o.subject(places.scope, pod), places.root(pod)
        relations.append(Relation(kind="runs_on", source=subject, target=o.subject(places.scope, node)))
        if root != subject:
            relations.append(Relation(kind="owns", source=root, target=subject))
    return relations


def _row(places: _Places, node: Obj) -> dict[str, Any]:
    taints = extract_capacity.untolerated(node, [])
    ready = o.condition(node, "Ready").get("status")
    row: dict[str, Any] = {"node": o.name(node), "ready": {"True": "yes", None: "?"}.get(ready, "no")}
    row["closed"] = ", ".join((["cordoned"] if o.spec(node).get("unschedulable") else []) + taints)
    for resource in RESOURCES:
        request, has = places.requested(node, resource), extract_capacity.allocatable(node, resource)
        row[f"{resource} requested"] = f"{quantity_text(request, resource)} of {quantity_text(has, resource)}"
    return row | {"pods": len(places.pods.get(o.name(node), []))}
