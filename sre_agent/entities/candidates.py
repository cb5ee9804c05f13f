"""What a signal may be about, ranked: what the configured map says, then labels, dimensions, hints, plain words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pydantic import Field

from mcp_servers.contract.facts import Subject
from sre_agent.domain.base import Noun
from sre_agent.domain.signal import Hint, Signal
from sre_agent.entities import sentence
from sre_agent.entities.addresses import addresses
from sre_agent.entities.conventions import (
    AWS_KINDS,
    CLUSTER_LABELS,
    DIMENSIONS,
    LABEL_PREFIX,
    LABELS,
    NAMESPACE_LABELS,
    PLACE_DIMENSIONS,
    PLACE_LABELS,
    POD_OF_REPLICASET,
    WORKLOADS,
    kind_of,
)
from sre_agent.entities.entity_map import EntityMap
from sre_agent.entities.measurers import measuring, own

NAMESPACE = "Namespace"
SEARCHED = (*WORKLOADS, "Pod", "Service", "ReplicaSet")
_OF_A_CONTROLLER = re.compile(r"^k8s-(?P<namespace>[a-z0-9]{1,8})-(?P<name>[a-z0-9]{1,8})-[0-9a-f]{10}$")


class EntityCandidate(Noun):
    """A name and what it may be. `kinds` are looked for when `needs_lookup`, any kind where there are none; `kind` is
    the one the signal says.

    `sure` and `perhaps_in` say how much of a name a sentence makes of it (`sentence.Spoken`); `measures` that it may
    name only who measured.
    """

    kind: str = ""
    namespace: str = ""
    name: str
    scope: str = ""
    said_in: str
    sure: sentence.Sure = "named"
    perhaps_in: str = ""
    measures: bool = False
    needs_lookup: bool = True
    kinds: list[str] = Field(default_factory=list)

    @property
    def short(self) -> str:
        return "/".join(part for part in (self.kind, self.namespace, self.name) if part)


def names(signal: Signal, config: EntityMap) -> list[EntityCandidate]:
    """Candidates, the likeliest first; each name once."""
    return next((tier for tier in tiers(signal, config) if tier), [])


def tiers(signal: Signal, config: EntityMap) -> list[list[EntityCandidate]]:
    """Candidates in groups, each meant only where nothing of the one before it exists: what fields name plainly, what
    stands beside workloads, what a sentence says, whose address it names, what may only have measured, the namespace.
    """
    signal = signal.model_copy(update={"labels": own(signal.labels)})
    weak = {f"label {label}" for label in measuring(signal.labels)}
    hints = [*_dimension_hints(signal), *signal.hints, *_label_hints(signal)]
    plain = [hint for hint in hints if hint.said_in not in weak]
    beside = [hint for hint in plain if hint.said_in.startswith("annotation ")]
    if len(beside) < len(plain):  # what an annotation says never overrides what the labels name
        plain = [hint for hint in plain if hint not in beside]
    else:
        beside = []
    sentence_names = [] if plain else _sentence_names(signal)
    last = [hint for hint in hints if hint.said_in in weak]
    sentence_hints = [hint for hint in plain if hint.said_in == sentence.SAID_IN]
    fields = [hint for hint in plain if hint.said_in != sentence.SAID_IN]
    return [
        _once([*_from_map(signal, config), *_candidates_of(signal, fields, config)]),
        list(_places(signal)),
        _once(_candidates_of(signal, [*sentence_hints, *sentence_names, *beside], config)),
        hosts(signal),
        [one.model_copy(update={"measures": True}) for one in _once(_candidates_of(signal, last, config))],
        _namespace(signal),
    ]


def hosts(signal: Signal) -> list[EntityCandidate]:
    """Whoever receives what is sent to the hosts in its words."""
    return [_behind(host, signal) for host in addresses(signal)]


def _behind(host: str, signal: Signal) -> EntityCandidate:
    """Whoever receives what is sent to the host. Most hosts are elsewhere, so nobody claims that somebody does."""
    namespace = _label(signal, NAMESPACE_LABELS)
    return EntityCandidate(
        namespace=namespace, name=host, said_in=sentence.SAID_IN, sure="placed", kinds=["Ingress", "Service"]
    )


def _sentence_names(signal: Signal) -> list[sentence.SentenceName]:
    """The names in its words. What the alarm itself is called may be a thing's name and need not be."""
    own_name = signal.alarm.name if signal.alarm is not None else ""
    return [
        hint.model_copy(update={"sure": "placed"}) if hint.name == own_name and hint.sure == "named" else hint
        for hint in sentence.hints(f"{signal.title}. {signal.description}")
    ]


def _once(candidates: Iterable[EntityCandidate]) -> list[EntityCandidate]:
    by_key: dict[tuple[str, str, str], EntityCandidate] = {}
    for candidate in candidates:
        key = (_middle(candidate.name), candidate.namespace, candidate.kind if not candidate.needs_lookup else "")
        if len(candidate.name) > len(by_key.setdefault(key, candidate).name):
            by_key[key] = candidate  # the whole name of a load balancer, where another part of the signal has it short
    return list(by_key.values())


def namespace_of(signal: Signal) -> str:
    """The namespace that dimensions, labels or words say; empty where they say none."""
    dimensions = signal.alarm.dimensions if signal.alarm is not None else {}
    name = dimensions.get("Namespace") or _label(signal, NAMESPACE_LABELS)
    return name or sentence.namespace(f"{signal.title}. {signal.description}")


def _namespace(signal: Signal) -> list[EntityCandidate]:
    """Everything in the namespace is meant where nothing else is named."""
    dimensions, name = signal.alarm.dimensions if signal.alarm is not None else {}, namespace_of(signal)
    scope = dimensions.get("ClusterName") or _label(signal, CLUSTER_LABELS)
    place = EntityCandidate(
        kind=NAMESPACE, name=name or "-", scope=scope, said_in="namespace", needs_lookup=False, kinds=[NAMESPACE]
    )
    return [place] if name else []


def _places(signal: Signal) -> Iterator[EntityCandidate]:
    """What stands beside workloads, where the signal names none of these: a node, an autoscaler, a claim."""
    places = [(f"label {label}", PLACE_LABELS.get(_plain(label), ""), value) for label, value in signal.labels.items()]
    dimensions = signal.alarm.dimensions if signal.alarm is not None else {}
    places += [(f"dimension {name}", PLACE_DIMENSIONS.get(name, ""), value) for name, value in dimensions.items()]
    scope = dimensions.get("ClusterName") or _label(signal, CLUSTER_LABELS)
    places += [
        (hint.said_in, hint.kind if hint.kind in PLACE_LABELS.values() else "", hint.name) for hint in signal.hints
    ]
    for said_in, kind, value in places:
        namespace = "" if kind == "Node" else dimensions.get("Namespace") or _label(signal, NAMESPACE_LABELS)
        if kind and value and (namespace or kind == "Node"):
            yield EntityCandidate(
                kind=kind,
                namespace=namespace,
                name=value,
                scope=scope,
                said_in=said_in,
                needs_lookup=False,
                kinds=[kind],
            )


def _from_map(signal: Signal, config: EntityMap) -> Iterator[EntityCandidate]:
    """What the map says of the alarm and its dimensions."""
    if signal.alarm is None:
        return
    subject = config.alarm(signal.alarm.name)
    if subject is not None:
        yield _of(subject, "alarm name", signal)
    for dimension, value in signal.alarm.dimensions.items():
        if (subject := config.dimension(dimension, value)) is not None:
            yield _of(subject, f"dimension {dimension}", signal)


def _candidates_of(signal: Signal, hints: Iterable[Hint], config: EntityMap) -> Iterator[EntityCandidate]:
    namespace, cluster = _label(signal, NAMESPACE_LABELS), _label(signal, CLUSTER_LABELS)
    for hint in sorted(hints, key=_rank):
        kind = kind_of(hint.kind) or hint.kind
        place = kind in PLACE_LABELS.values()
        if (
            kind in ("Namespace", "Cluster")
            or (place and not isinstance(hint, sentence.SentenceName))
            or hint.said_in.removeprefix("label ")
            in (
                *NAMESPACE_LABELS,
                *CLUSTER_LABELS,
            )
        ):
            continue
        subject = config.service(hint.name)
        if subject is not None:
            yield _of(subject, hint.said_in, signal)
            continue
        if kind in AWS_KINDS:
            yield EntityCandidate(
                kind=kind, name=hint.name, scope=signal.scope, said_in=hint.said_in, needs_lookup=False, kinds=[kind]
            )
            if kind == "LoadBalancer":  # what it stands before is in the cluster
                yield EntityCandidate(name=_middle(hint.name), said_in=hint.said_in, kinds=["Ingress", "Service"])
        else:
            within = hint.namespace or namespace
            candidate = EntityCandidate(
                kind=kind, namespace=within, name=hint.name, scope=cluster, said_in=hint.said_in
            )
            if isinstance(hint, sentence.SentenceName):
                only = [kind] if kind and kind not in SEARCHED else []  # a label may lie about the kind of a workload
                if hint.sure == "word":  # not worth a look through every kind
                    only = only or list(SEARCHED)
                candidate = candidate.model_copy(
                    update={"sure": hint.sure, "perhaps_in": hint.perhaps_in, "kinds": only}
                )
            yield candidate


def _of(subject: Subject, said_in: str, signal: Signal) -> EntityCandidate:
    """A configured meaning. With a kind and, in a cluster, a namespace it is taken as it stands."""
    if subject.kind in AWS_KINDS:
        scope = subject.scope or signal.scope
        return EntityCandidate(
            kind=subject.kind, name=subject.name, scope=scope, said_in=said_in, needs_lookup=False, kinds=[subject.kind]
        )
    kinds = [subject.kind] if subject.kind else [*WORKLOADS, "Service"]
    return EntityCandidate(
        kind=subject.kind,
        namespace=subject.namespace,
        name=subject.name,
        scope=subject.scope,
        said_in=said_in,
        kinds=kinds,
    )


def _rank(hint: Hint) -> tuple[int, int]:
    """Workloads before their pods before Services: what a cause sits on first; dimensions before labels and words."""
    kind = kind_of(hint.kind) or hint.kind
    order = {"": 1, "Pod": 2, "ReplicaSet": 3, "Service": 3}
    place = 0 if kind in WORKLOADS or kind in AWS_KINDS else order.get(kind, 4)
    source = 0 if hint.said_in.startswith("dimension") else 1
    return source, place


def _label_hints(signal: Signal) -> Iterator[Hint]:
    for label, value in signal.labels.items():
        plain = _plain(label)
        if plain in LABELS and value and " " not in value:
            kind = LABELS[plain] or _label_kind(signal, plain)
            yield Hint(kind=kind, namespace=_label(signal, NAMESPACE_LABELS), name=value, said_in=f"label {label}")


def _plain(label: str) -> str:
    return LABEL_PREFIX.sub("", label.lower().replace(".", "_").replace("-", "_").replace("/", "_"))


def _label_kind(signal: Signal, label: str) -> str:
    """The kind that stands in a label of its own, as `workload_type` beside `workload_name`."""
    word = signal.labels.get("workload_type", "") if label.startswith("workload") else ""
    return kind_of(word) or ""


def _dimension_hints(signal: Signal) -> Iterator[Hint]:
    """The conventions of AWS and Container Insights. Its `PodName` is the workload's name."""
    dimensions = signal.alarm.dimensions if signal.alarm else {}
    namespace = dimensions.get("Namespace", "")
    for dimension, value in dimensions.items():
        said_in = f"dimension {dimension}"
        if dimension in DIMENSIONS:
            yield Hint(kind=DIMENSIONS[dimension], name=_middle(value), said_in=said_in)
        elif dimension == "FullPodName":
            yield Hint(kind="Pod", namespace=namespace, name=value, said_in=said_in)
        elif dimension == "PodName":
            kind = "Pod" if POD_OF_REPLICASET.match(value) else ""
            yield Hint(kind=kind, namespace=namespace, name=value, said_in=said_in)
        elif dimension in ("Service", "ServiceName"):
            yield Hint(namespace=namespace, name=value, said_in=said_in)
        elif dimension == "TargetGroup":
            name = _middle(value)
            owned = _OF_A_CONTROLLER.match(name)
            yield Hint(name=owned["name"] if owned else name, said_in=said_in)


def _middle(value: str) -> str:
    """`targetgroup/<name>/<id>` and `app/<name>/<id>` carry the name in their middle."""
    parts = value.split("/")
    return parts[1] if len(parts) == 3 else value


def _label(signal: Signal, labels: tuple[str, ...]) -> str:
    return next((signal.labels[name] for name in labels if signal.labels.get(name)), "")
