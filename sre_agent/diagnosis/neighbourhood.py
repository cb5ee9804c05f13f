"""Where a class file may point: the words for the neighbourhood of a hypothesis' subject, along the relations.

The words themselves are closed in `failures.model.Place`; a new one needs a line in `PLACES` here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mcp_servers.contract.facts import SubjectKey
from sre_agent.diagnosis.topology import Keys, Topology
from sre_agent.failures.model import Place


def keys(place: Place, topology: Topology, subject: SubjectKey) -> Keys:
    """The subjects that the word means, seen from `subject`, each with all that belongs to it."""
    return PLACES[place](topology, subject)


def _same(topology: Topology, subject: SubjectKey) -> Keys:
    return topology.workload_tree(subject) | {subject}


def _itself(topology: Topology, subject: SubjectKey) -> Keys:
    return {subject}


def _related_keys(topology: Topology, subject: SubjectKey) -> Keys:
    return topology.neighbourhood(subject) | _same(topology, subject)


def _any(topology: Topology, subject: SubjectKey) -> Keys:
    return set(topology.subjects)


def _callers(topology: Topology, subject: SubjectKey) -> Keys:
    return _families(topology, topology.callers(_same(topology, subject)))


def _callees(topology: Topology, subject: SubjectKey) -> Keys:
    return _families(topology, topology.callees(_same(topology, subject)))


def _and_before(topology: Topology, subject: SubjectKey) -> Keys:
    """Itself with what belongs to it, and the Services before it."""
    return _same(topology, subject) | _services(topology, subject)


def _services(topology: Topology, subject: SubjectKey) -> Keys:
    return topology.services(_same(topology, subject))


def _namespace(topology: Topology, subject: SubjectKey) -> Keys:
    """Of a Namespace all that is in it; of anything else all that is beside it."""
    name = subject.name if subject.kind == "Namespace" else subject.namespace
    return {key for key in topology.subjects if name and key.namespace == name}


def _out(*relations: str) -> Callable[[Topology, SubjectKey], Keys]:
    """What relations from the subject's family lead to."""
    return lambda topology, subject: _families(topology, topology.onward(_same(topology, subject), *relations))


def _in(*relations: str) -> Callable[[Topology, SubjectKey], Keys]:
    """Where relations to the subject's family come from."""
    return lambda topology, subject: _families(topology, topology.backward(_same(topology, subject), *relations))


def _routing_keys(topology: Topology, subject: SubjectKey) -> Keys:
    return topology.backward(_same(topology, subject) | _services(topology, subject), "routes_to")


def _families(topology: Topology, keys: Keys) -> Keys:
    return {other for key in keys for other in (topology.workload_tree(key) | {key})}


PLACES: Final[dict[Place, Callable[[Topology, SubjectKey], Keys]]] = {
    "same": _same,
    "related": _related_keys,
    "any": _any,
    "callers": _callers,
    "callees": _callees,
    "services": _services,
    "hosted": _in("runs_on"),
    "nodes": _out("runs_on"),
    "referrers": _in("refers_to", "bound_to"),
    "references": _out("refers_to", "bound_to"),
    "guards": _in("guards", "limits", "scales"),
    "guarded": _out("guards", "limits", "scales"),
    "routed": _routing_keys,
    "namespace": _namespace,
    "asked": _itself,
    "unreachable": _itself,
    "slow": _and_before,
    "erring": _and_before,
    "uncertified": _and_before,
}
