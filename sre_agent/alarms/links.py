"""What an alarm has in common with others, read off its fields: the thing it names, its owner, its node, its rule.

Nothing is looked up: a storm is sorted while it comes in. Keys are text, the same for every sender:
`shop/checkout`, `node ip-10-0-1-7`, `Table orders`, `alarm shop-web-5xx`, `namespace shop`, `rule PodCrashLooping`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from mcp_servers.contract.facts import SubjectKey
from sre_agent import entities
from sre_agent.domain.alarm import ANYWHERE, NOWHERE, AlarmLinks
from sre_agent.domain.signal import Signal
from sre_agent.entities import EntityCandidate, EntityMap
from sre_agent.entrances.about import stem

NODE: Final = "Node"
_OF_PODS: Final = ("Pod", "ReplicaSet")


def alarm_links(signal: Signal, config: EntityMap, place: str = "") -> AlarmLinks:
    """A node is a strong key of what is said of the node itself; what only stands on it has it as a weak one.

    `place` is the cluster or account, where there are several: what has one name in two of them is two things.
    """
    fields, places, entity_candidates = entities.tiers(signal, config)[:3]
    named_candidates = [one for one in entity_candidates if one.sure == "named" and one.namespace]
    about = fields or [one for one in places if one.kind != NODE] or named_candidates
    nodes = [f"node {one.name}" for one in places if one.kind == NODE]
    strong = [key for one in about for key in _own(one)] + ([] if about else nodes) + list(_alarms(signal))
    lookup = [key for one in about for key in _search_names(one)] + nodes + list(_alarms(signal))
    namespace, rule = entities.namespace_of(signal), _rule(signal)
    weak = [*([f"namespace {namespace}"] if namespace else []), *([f"rule {rule}"] if rule else []), *nodes]
    return AlarmLinks(
        strong=_once(there(strong, place)), weak=_once(there(weak, place)), lookup=_once(there(lookup, place))
    )


def there(keys: Iterable[str], place: str) -> Iterator[str]:
    """The keys of what is at that place."""
    return (f"{key} in {place}" if place else key for key in keys)


def key_of(subject: SubjectKey) -> str:
    """The strong key of something that exists in the cluster or the account."""
    if subject.kind == NODE:
        return f"node {subject.name}"
    if not subject.namespace:
        return f"{subject.kind} {subject.name}"
    return f"{subject.namespace}/{stem(subject.name) if subject.kind in _OF_PODS else subject.name}"


def variants(key: str) -> set[str]:
    """The key, and those under which a sender who knows no namespace may have it."""
    _, slash, name = key.partition("/")
    return {key, f"{ANYWHERE}/{name}", f"{NOWHERE}/{name}"} if slash else {key}


def _own(one: EntityCandidate) -> Iterator[str]:
    if one.kind in entities.AWS_KINDS:
        yield f"{one.kind} {one.name}"
    elif one.namespace:
        yield f"{one.namespace}/{_name(one)}"
        yield f"{ANYWHERE}/{_name(one)}"
    else:
        yield f"{NOWHERE}/{_name(one)}"


def _search_names(one: EntityCandidate) -> Iterator[str]:
    if one.kind in entities.AWS_KINDS:
        yield f"{one.kind} {one.name}"
    elif one.namespace:
        yield f"{one.namespace}/{_name(one)}"
        yield f"{NOWHERE}/{_name(one)}"
    else:
        yield f"{ANYWHERE}/{_name(one)}"
        yield f"{NOWHERE}/{_name(one)}"


def _name(one: EntityCandidate) -> str:
    """A pod goes by what made it; so a workload, its pods and its Service are one thing."""
    return stem(one.name) if one.kind in _OF_PODS else one.name


def _alarms(signal: Signal) -> Iterator[str]:
    """The alarm itself, and the alarms that a composite one is made of."""
    if signal.alarm is not None and signal.alarm.kept_by == "cloudwatch":
        for name in (signal.alarm.name, *signal.alarm.children):
            yield f"alarm {name}"


def _rule(signal: Signal) -> str:
    """The rule that fired, where one rule fires for many things."""
    return signal.alarm.name if signal.alarm is not None and signal.alarm.kept_by != "cloudwatch" else ""


def _once(keys: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(keys))
