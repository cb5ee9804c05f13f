"""Who owns what: the one answer for everything that reads and for everything that writes.

A name or a label proves nothing: whoever may create a ReplicaSet or a pod chooses both. An object belongs to a workload
when its controller reference names that workload by kind and uid, and the workload's selector takes it. That is what
Kubernetes' own controllers ask before they touch it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj


def owns(owner: Obj, obj: Obj) -> bool:
    """Whether `owner` controls `obj`: by uid, and by a selector that takes what `obj` is or makes."""
    return is_named(owner, o.controller(obj)) and _same_namespace(owner, obj) and is_selected(owner, obj)


def owned_objects(owner: Obj, among: Iterable[Obj]) -> list[Obj]:
    return [obj for obj in among if owns(owner, obj)]


def is_named(owner: Obj, reference: Obj) -> bool:
    """Whether a reference means this very object. An API server keeps no object or reference without a uid; only
    recordings have such, and they are told by their names."""
    if not reference or reference.get("kind") != owner.get("kind"):
        return False
    uids = reference.get("uid"), o.meta(owner).get("uid")
    return uids[0] == uids[1] if all(uids) else reference.get("name") == o.name(owner)


def is_selected(owner: Obj, obj: Obj) -> bool:
    """Whether the owner's selector takes the labels of `obj`, those of the pods it makes, and those it selects by.

    An owner without a selector (a CronJob) takes what it controls.
    """
    selector = o.spec(owner).get("selector")
    return not selector or all(selects(selector, labels) for labels in _labels(obj))


def selects(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether a LabelSelector takes these labels. Without a selector nothing is taken; an empty one takes all."""
    if selector is None:
        return False
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(_matches_expression(one, labels) for one in selector.get("matchExpressions") or [])


def _labels(obj: Obj) -> Iterator[Mapping[str, str]]:
    """Every set of labels by which `obj` says where it belongs. A selector by expressions alone names no labels."""
    if obj.get("kind") != "ReplicaSet":
        yield o.labels(obj)
    else:
        if o.labels(obj):  # an API server does not ask for any of its own
            yield o.labels(obj)
        if o.template(obj):  # only recordings lack it
            yield o.labels(o.template(obj))
        if selector := o.selector(obj):
            yield selector


def _same_namespace(owner: Obj, obj: Obj) -> bool:
    return str(o.meta(owner).get("namespace", "")) == str(o.meta(obj).get("namespace", ""))


def _matches_expression(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    has, value = expression["key"] in labels, labels.get(expression["key"])
    match expression["operator"]:
        case "In":
            return value in expression["values"]
        case "NotIn":
            return value not in expression["values"]
        case "Exists":
            return has
        case _:
            return not has
