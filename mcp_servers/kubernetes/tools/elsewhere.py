"""Where else in the cluster is what a namespace lacks: a Service, Secret, ConfigMap or account of that name elsewhere,
or a Secret where a ConfigMap was asked for.

Asked by name, in one request for each thing that is missing, and only then. What may not be read is not told as a gap:
the answer is about the namespace that was asked for, and this only adds a hint.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mcp_servers.contract.facts import Observation
from mcp_servers.contract.observations import OBSERVATIONS
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.observe import configured_calls
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.reading import Lists, read
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree
from mcp_servers.serving.near_names import alike

KINDS: Final = ("Service", "Secret", "ConfigMap", "ServiceAccount", "PersistentVolumeClaim")
OTHER: Final = {"ConfigMap": "Secret", "Secret": "ConfigMap"}
ALIKE: Final = 0.9  # of two names that one slip tells apart
MOST: Final = 4  # things that are looked for


def with_places(
    api: Api, observations: Sequence[Observation], trees: Sequence[WorkloadTree], lists: Lists
) -> list[Observation]:
    """The observations, those of missing things with the namespaces that have them; and hosts of the templates that no
    Service of their namespace bears, beside those of the whole cluster."""
    calls = _calls(api, trees)
    hosts = {(x.subject.key, x.attributes["host"]) for x in calls}
    others = [x for x in observations if (x.subject.key, x.attributes.get("host")) not in hosts]
    targets = list(dict.fromkeys(target for x in others if (target := _target(x, lists)) is not None))[:MOST]
    places = {target: _namespaces(api, *target) for target in targets}
    place_hints = [_with(x, places.get(_target(x, lists) or ("", ""), [])) for x in others]
    return [*_with_namesakes(api, place_hints, lists), *calls]


def _with_namesakes(api: Api, observations: Sequence[Observation], lists: Lists) -> list[Observation]:
    """Those of a missing ConfigMap with the Secret of its name, or of one that is all but the same, and vice versa."""
    missing = [x for x in observations if "other_kind" in OBSERVATIONS[x.code].attributes and _target(x, lists)]
    kinds = {OTHER[kind] for x in missing if (kind := str(x.attributes["kind"])) in OTHER}
    unread = sorted(kind for kind in kinds if not lists.has(kind))
    there = lists.merged(read(api, missing[0].subject.namespace, unread, beside=True)) if unread else lists
    return [_with_namesake(x, there) if x in missing else x for x in observations]


def _with_namesake(x: Observation, there: Lists) -> Observation:
    kind, name = OTHER.get(str(x.attributes["kind"]), ""), str(x.attributes["name"])
    names = [o.name(one) for one in there.of(kind)] if kind else []
    likeness, best = max(((alike(name, one), one) for one in names), default=(0.0, ""))
    if likeness < ALIKE:
        return x
    return x.model_copy(update={"attributes": {**x.attributes, "other_kind": kind, "other_name": best}})


def _calls(api: Api, trees: Sequence[WorkloadTree]) -> list[Observation]:
    if not any(configured_calls.are_to_be_looked_up(tree) for tree in trees):
        return []
    services = read(api, "", ["Service", "Namespace"], beside=True)
    return [x for tree in trees for x in configured_calls.observe(tree, services)]


def _target(x: Observation, lists: Lists) -> tuple[str, str] | None:
    """(kind, name) of what an observation says is not there."""
    if "in_namespaces" not in OBSERVATIONS[x.code].attributes:
        return None
    kind = str(x.attributes.get("kind") or "Service")
    name = str(x.attributes.get("name") or x.attributes.get("service") or "")
    return (kind, name) if name and kind in KINDS and lists.by_name(kind, name) is None else None


def _namespaces(api: Api, kind: str, name: str) -> list[str]:
    there = read(api, "", [kind], beside=True, fields={kind: [f"metadata.name={name}"]})
    return sorted({str(o.meta(one).get("namespace", "")) for one in there.of(kind) if o.name(one) == name})


def _with(x: Observation, places: Sequence[str]) -> Observation:
    return x.model_copy(update={"attributes": {**x.attributes, "in_namespaces": list(places)}}) if places else x
