"""Which requests the API server has answered: by verb, resource, scope and code, as its own metrics count them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sre_lab.kubernetes.requests import ApiRequest
from sre_lab.world import World

VERBS = {"create": "POST", "update": "PUT", "patch": "PATCH", "deletecollection": "DELETECOLLECTION"}
Key = tuple[str, str, str, str, str, str, str]  # verb, group, version, resource, subresource, scope, code


class _RequestCounts(Counter[Key]):
    """The counts of one world."""


def count(world: World, call: ApiRequest, code: int) -> None:
    """One request more that was answered with this code."""
    scope = "resource" if call.name else "namespace" if call.namespace else "cluster"
    verb = VERBS.get(call.verb, call.verb.upper())
    what = call.resource.group, call.resource.version, call.resource.plural, call.subresource
    world.memory(_RequestCounts, _RequestCounts)[verb, *what, scope, str(code)] += 1


def requests(world: World) -> Iterator[tuple[dict[str, str], float]]:
    """(labels, how many so far) of the metric `apiserver_request_total`."""
    names = ("verb", "group", "version", "resource", "subresource", "scope", "code")
    for key, number in sorted(world.memory(_RequestCounts, _RequestCounts).items()):
        yield {"component": "apiserver", **dict(zip(names, key, strict=True))}, float(number)
