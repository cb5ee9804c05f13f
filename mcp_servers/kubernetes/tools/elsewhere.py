"""Where else in the cluster is what a namespace lacks: a Service, Secret, ConfigMap or account of that name elsewhere.

Asked by name, in one request for each thing that is missing, and only then. What may not be read is not told as a gap:
the answer is about the namespace that was asked for, and this only adds a hint.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.observe import configured_calls
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.reading import read
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree

KINDS: Final = ("Service", "Secret", "ConfigMap", "ServiceAccount", "PersistentVolumeClaim")
MOST: Final = 4  # things that are looked for


def with_places(api: Api, observations: Sequence[Observation], trees: Sequence[WorkloadTree]) -> list[Observation]:
    """The observations, those of missing things with the namespaces that have them; and hosts of the templates that no
    Service of their namespace bears, beside those of the whole cluster."""
    hosts = _hosts(api, trees)
    kept = [x for x in observations if x.code != "reference.no_such_host" or not _is_told(x, hosts)]
    wanted = list(dict.fromkeys(filter(None, map(_missing, kept))))[:MOST]
    places = {one: _namespaces(api, *one) for one in wanted}
    return [*(_with(x, places.get(_missing(x) or ("", ""), [])) for x in kept), *hosts]


def _hosts(api: Api, trees: Sequence[WorkloadTree]) -> list[Observation]:
    if not any(configured_calls.are_to_be_looked_up(tree) for tree in trees):
        return []
    services = read(api, "", ["Service", "Namespace"], beside=True)
    return [x for tree in trees for x in configured_calls.observe(tree, services)]


def _is_told(x: Observation, others: Sequence[Observation]) -> bool:
    return any(one.subject == x.subject and one.attributes.get("host") == x.attributes.get("host") for one in others)


def _missing(x: Observation) -> tuple[str, str] | None:
    """(kind, name) of what is not there."""
    if x.code == "ingress.no_backend":
        return "Service", str(x.attributes["service"])
    kind = str(x.attributes.get("kind", ""))
    if x.code in ("reference.missing", "reference.gone") and kind in KINDS:
        return kind, str(x.attributes["name"])
    return None


def _namespaces(api: Api, kind: str, name: str) -> list[str]:
    there = read(api, "", [kind], beside=True, fields={kind: [f"metadata.name={name}"]})
    return sorted({str(o.meta(one).get("namespace", "")) for one in there.of(kind) if o.name(one) == name})


def _with(x: Observation, places: Sequence[str]) -> Observation:
    others = [place for place in places if place != x.subject.namespace]
    if not others or len(others) < len(places):  # it is there, and lacks a key or port
        return x
    return x.model_copy(update={"attributes": {**x.attributes, "in_namespaces": others}})
