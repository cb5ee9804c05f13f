"""Where a class file may point: the words for the neighbourhood of a hypothesis' subject, along the relations.

The words themselves are closed in `failures.model.Place`; a new one needs a line in `PLACES` here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mcp_servers.contract.facts import SubjectKey
from sre_agent.diagnosis.links import Keys, Links
from sre_agent.failures.model import Place


def keys(place: Place, links: Links, subject: SubjectKey) -> Keys:
    """The subjects that the word means, seen from `subject`, each with all that belongs to it."""
    return PLACES[place](links, subject)


def _same(links: Links, subject: SubjectKey) -> Keys:
    return links.family(subject) | {subject}


def _itself(links: Links, subject: SubjectKey) -> Keys:
    return {subject}


def _related(links: Links, subject: SubjectKey) -> Keys:
    return links.related(subject) | _same(links, subject)


def _any(links: Links, subject: SubjectKey) -> Keys:
    return set(links.subjects)


def _callers(links: Links, subject: SubjectKey) -> Keys:
    return _families(links, links.callers(_same(links, subject)))


def _callees(links: Links, subject: SubjectKey) -> Keys:
    return _families(links, links.callees(_same(links, subject)))


def _services(links: Links, subject: SubjectKey) -> Keys:
    return links.services(_same(links, subject))


def _namespace(links: Links, subject: SubjectKey) -> Keys:
    """Of a Namespace all that is in it; of anything else all that is beside it."""
    name = subject.name if subject.kind == "Namespace" else subject.namespace
    return {key for key in links.subjects if name and key.namespace == name}


def _out(*relations: str) -> Callable[[Links, SubjectKey], Keys]:
    """What relations from the subject's family lead to."""
    return lambda links, subject: _families(links, links.onward(_same(links, subject), *relations))


def _in(*relations: str) -> Callable[[Links, SubjectKey], Keys]:
    """Where relations to the subject's family come from."""
    return lambda links, subject: _families(links, links.backward(_same(links, subject), *relations))


def _routed(links: Links, subject: SubjectKey) -> Keys:
    return links.backward(_same(links, subject) | _services(links, subject), "routes_to")


def _families(links: Links, found: Keys) -> Keys:
    return {other for key in found for other in (links.family(key) | {key})}


PLACES: Final[dict[Place, Callable[[Links, SubjectKey], Keys]]] = {
    "same": _same,
    "related": _related,
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
    "routed": _routed,
    "namespace": _namespace,
    "asked": _itself,
    "unreachable": _itself,
}
