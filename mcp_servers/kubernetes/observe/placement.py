"""Why no node takes a workload's pods: the demands of its template that no node meets, and nodes that are ill."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Relation
from mcp_servers.kubernetes.observe import capacity as extract_capacity
from mcp_servers.kubernetes.observe import nodes as extract_nodes
from mcp_servers.kubernetes.observe import pod_placement as extract_pod_placement
from mcp_servers.kubernetes.observe.node_removals import is_leaving
from mcp_servers.kubernetes.observe.other_values import requests_of_revision
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.revisions import earlier, revisions
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree

HEALTHY: Final = "healthy_node"  # the demand that the nodes which would fit do not meet


def observe(tree: WorkloadTree) -> list[Observation]:
    """Demands that no node meets, nodes that are closed or ill and pods larger than any node, while pods wait."""
    nodes = tree.lists.of("Node")
    if not nodes or not tree.lists.has("Node") or not any(waits(p) for p in tree.pods):
        return []
    observations = [x for node in nodes for x in extract_nodes.observe(node, o.subject(tree.scope, node))]
    return [*observations, *_unmet(tree, nodes), *_too_large(tree, nodes)]


def relations(tree: WorkloadTree) -> list[Relation]:
    """To the nodes that the template leads to and that keep its pods out for their own trouble."""
    nodes = tree.lists.of("Node") if tree.lists.has("Node") and any(waits(p) for p in tree.pods) else []
    names = {
        name
        for x in _unmet(tree, nodes)
        if x.attributes.get("demand") == HEALTHY
        for name in _names(x.attributes.get("fitting"))
    }
    kept_out = [node for node in nodes if o.name(node) in names]
    return [Relation(kind="refers_to", source=tree.subject, target=o.subject(tree.scope, n)) for n in kept_out]


def _names(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def waits(pod: Obj) -> bool:
    """Whether the scheduler looked for a node and found none."""
    return not o.spec(pod).get("nodeName") and o.condition(pod, "PodScheduled").get("status") == "False"


def fits(template: Obj, node: Obj) -> bool:
    """Whether the node has the labels that the template demands."""
    labels = o.labels(node)
    node_selector = o.spec(template).get("nodeSelector") or {}
    return all(labels.get(k) == v for k, v in node_selector.items()) and meets(_terms(template), node)


def behind_a_cordon(tree: WorkloadTree, nodes: Iterable[Obj]) -> Iterator[Observation]:
    """The one of these nodes that nothing but its cordon keeps from taking the pods; nothing where there are several:
    which of them to open is for whoever closed them to say."""
    template = tree.template
    tolerations = o.spec(template).get("tolerations") or []
    cordoned_nodes = [
        o.name(node)
        for node in nodes
        if o.spec(node).get("unschedulable")
        and o.condition(node, "Ready").get("status") == "True"
        and fits(template, node)
        and not extract_capacity.untolerated(node, tolerations)
        and not is_leaving(node)
    ]
    if len(cordoned_nodes) == 1:
        attributes = {"node": cordoned_nodes[0]}
        text = f"node {cordoned_nodes[0]} fits and is cordoned"
        yield Observation(code="placement.cordoned", subject=tree.subject, attributes=attributes, excerpt=text)


def _unmet(tree: WorkloadTree, nodes: list[Obj]) -> Iterator[Observation]:
    """The first of labels, taints and cordons that leaves no node over."""
    body = tree.template
    fitting = [n for n in nodes if fits(body, n)]
    if not fitting:
        selector = o.spec(body).get("nodeSelector") or {}
        by_selector = not any(all(o.labels(n).get(k) == v for k, v in selector.items()) for n in nodes)
        demand = "node_selector" if by_selector else "node_affinity"
        requirement = o.selector_text(selector) if by_selector else _terms_text(_terms(body))
        keys = selector if by_selector else [str(e.get("key")) for t in _terms(body) for e in _expressions(t)]
        yield _demand(tree, demand, requirement, nodes, [], _had(nodes, keys))
        return
    tolerations = o.spec(body).get("tolerations") or []
    taints = {o.name(n): extract_capacity.untolerated(n, tolerations) for n in fitting}
    if all(taints.values()):
        texts = sorted({text for group in taints.values() for text in group})
        demand = HEALTHY if all(map(_is_of_ill_node, texts)) else "toleration"
        yield _demand(tree, demand, ", ".join(texts), nodes, sorted(taints))
    elif all(o.spec(n).get("unschedulable") for n in fitting):
        yield _demand(tree, "open_node", "", nodes, sorted(taints))
        yield from behind_a_cordon(tree, fitting)
    else:
        for rule in extract_pod_placement.unmet(tree, fitting):
            attributes = {
                "demand": rule.demand,
                "wanted": rule.requirement,
                "nodes": len(nodes),
                "there": rule.there[:5],
            }
            yield Observation(code="placement.unmet", subject=tree.subject, attributes=attributes, excerpt=rule.text)


def _had(nodes: list[Obj], keys: Iterable[str]) -> list[str]:
    """What nodes have under these keys, as `key=value`."""
    return sorted({f"{key}={o.labels(n)[key]}" for key in keys for n in nodes if o.labels(n).get(key)})


def _is_of_ill_node(taint: str) -> bool:
    """Whether the control plane set it for what the node's conditions say."""
    return taint.startswith(("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/"))


def _demand(
    tree: WorkloadTree, demand: str, requirement: str, nodes: list[Obj], fitting: list[str], had: Sequence[str] = ()
) -> Observation:
    text = {
        "node_selector": f"no node has the label {requirement} that nodeSelector requires",
        "node_affinity": f"no node satisfies nodeAffinity: {requirement}",
        "toleration": f"every node that fits has a taint that the pods do not tolerate: {requirement}",
        HEALTHY: f"every node that fits is in trouble and tainted for it: {requirement}",
        "open_node": f"every node that fits is cordoned: {', '.join(fitting[:5])}",
    }[demand]
    attributes: dict[str, Any] = {"demand": demand, "wanted": excerpt(requirement, 200), "nodes": len(nodes)}
    attributes |= {"fitting": fitting[:5], "there": list(had)[:5]}
    return Observation(code="placement.unmet", subject=tree.subject, attributes=attributes, excerpt=text)


def _too_large(tree: WorkloadTree, nodes: list[Obj]) -> Iterator[Observation]:
    """Beside the largest node, or beside the largest of those that the template's labels leave."""
    fitting = [n for n in nodes if fits(tree.template, n)]
    is_narrower = 0 < len(fitting) < len(nodes)
    demands = [o.selector_text(o.spec(tree.template).get("nodeSelector") or {}), _terms_text(_terms(tree.template))]
    among = "; ".join(filter(None, demands)) if is_narrower else ""
    most, back = extract_capacity.largest(fitting or nodes), earlier(revisions(tree))
    own = list(extract_capacity.too_large(tree.template, most))
    pending_pod = next((p for p in tree.pods if waits(p)), None)
    in_pods = list(extract_capacity.too_large(pending_pod, most)) if pending_pod is not None and not own else []
    for attributes in own or in_pods:
        attributes |= {"among": excerpt(among, 200)}
        attributes |= {"defaults": ", ".join(map(o.name, tree.lists.of("LimitRange")))} if in_pods else {}
        resource = attributes["resource"]
        before = extract_capacity.requested(back.template, resource) if back is not None else Decimal(0)
        if back is not None and back.number and 0 < before <= most.get(resource, Decimal(0)):
            attributes |= {"before": extract_capacity.quantity_text(before, resource), "revision_before": back.number}
            yield from requests_of_revision(tree, back, resource)
        yield Observation(code="workload.too_large", subject=tree.subject, attributes=attributes)


def _terms(template: Obj) -> list[Obj]:
    affinity = (o.spec(template).get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    return required.get("nodeSelectorTerms") or []


def meets(terms: Iterable[Obj], node: Obj) -> bool:
    """One of the terms, with all of its expressions; no term demands nothing."""
    names = {"metadata.name": o.name(node)}
    term_list = list(terms)
    return not term_list or any(
        all(_holds(e, o.labels(node)) for e in term.get("matchExpressions") or [])
        and all(_holds(e, names) for e in term.get("matchFields") or [])
        for term in term_list
    )


def _holds(expression: Obj, labels: dict[str, str]) -> bool:
    key, operator, values = expression.get("key", ""), expression.get("operator"), expression.get("values") or []
    has = labels.get(key)
    if operator in ("In", "NotIn"):
        return bool((has in values) == (operator == "In"))
    if operator in ("Exists", "DoesNotExist"):
        return bool((has is not None) == (operator == "Exists"))
    try:
        number, bound = int(has or ""), int(values[0])
    except (ValueError, IndexError):
        return False
    return number > bound if operator == "Gt" else number < bound


def _terms_text(terms: Iterable[Obj]) -> str:
    parts = [
        " ".join(filter(None, (str(e.get("key")), str(e.get("operator")), "|".join(map(str, e.get("values") or [])))))
        for term in terms
        for e in _expressions(term)
    ]
    return "; ".join(parts)


def _expressions(term: Obj) -> list[Obj]:
    return [*(term.get("matchExpressions") or []), *(term.get("matchFields") or [])]
