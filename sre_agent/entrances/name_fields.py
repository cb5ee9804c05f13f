"""Which fields of a notice name something that can be looked at, and what they name.

Only the key decides: the values are the sender's and are checked against the live system later.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from sre_agent.domain.signal import Hint
from sre_agent.entities.measurers import measuring, own, within_place

Fields = Sequence[tuple[str, Mapping[str, str]]]  # where they stand (`label`, `dimension`), and the fields

# Keys as `_bare` leaves them, the most telling first; a kind only where the key says it.
KINDS: Final[dict[str, str]] = {
    "deployment": "Deployment",
    "statefulset": "StatefulSet",
    "daemonset": "DaemonSet",
    "cronjob": "CronJob",
    "kubejob": "Job",
    "replicaset": "ReplicaSet",
    "pod": "Pod",
    "fullpodname": "Pod",
    "node": "Node",
    "persistentvolumeclaim": "PersistentVolumeClaim",
    "pvc": "PersistentVolumeClaim",
    "horizontalpodautoscaler": "HorizontalPodAutoscaler",
    "hpa": "HorizontalPodAutoscaler",
    "ingress": "Ingress",
    "resourcequota": "ResourceQuota",
    "poddisruptionbudget": "PodDisruptionBudget",
    "pdb": "PodDisruptionBudget",
    "table": "Table",
    "dbinstanceidentifier": "Database",
    "dbinstance": "Database",
    "dbclusteridentifier": "Database",
    "dbcluster": "Database",
    "readreplica": "Database",
    "workload": "",
    "service": "",
    "app": "",
    "application": "",
    "appkubernetesio": "",
    "endpoints": "Service",
    "endpoint": "Service",
    "component": "",
    "job": "",
    "functionname": "Function",
    "function": "",
    "queuename": "Queue",
    "queue": "",
    "topic": "",
    "stream": "",
    "targetgroup": "",
    "loadbalancer": "LoadBalancer",
    "loggroup": "",
    "autoscalinggroup": "",
    "cachecluster": "",
    "instance": "",
    "host": "",
}
ORDER: Final = {key: place for place, key in enumerate(KINDS)}
NAMESPACES: Final = ("namespace",)
REGIONS: Final = ("region", "awsregion", "cloudwatchregion")
CLUSTERS: Final = ("cluster",)
NO_NAMESPACE: Final = ("Node", "Table", "Database", "Function", "Queue", "LoadBalancer")
PAIRS: Final = (("workloadtype", "workload"), ("workloadkind", "workload"), ("ownerkind", "owner"))
UNSAID: Final = frozenset({"", "unknown", "none", "null", "n/a", "na", "-", "undefined", "<none>"})
_CANONICAL: Final = {kind.lower(): kind for kind in KINDS.values() if kind}
_AFFIXES = re.compile(r"^(?:exported|kubernetes|kube|k8s|eks|label)(?=[a-z])|(?<=[a-z])(?:name|id)$")
_GIVEN = re.compile(r"^(?:exported|label)[^a-z0-9]", re.I)
ANNOTATION: Final = "annotation"


def hints(fields: Fields) -> list[Hint]:
    """Every name that the fields carry, the most telling keys first, each once.

    What an annotation says may be made of other things' labels: it comes after what the thing's own fields name.
    """
    target = [(where, own(entries)) for where, entries in fields]
    namespace = _first(target, NAMESPACES)
    plain, all_hints = _find_hints(target, namespace)
    if not all_hints:
        plain, all_hints = _find_hints([(where, within_place(entries)) for where, entries in fields], namespace)
    return sorted(plain or all_hints, key=lambda hint: hint.said_in.startswith(f"{ANNOTATION} "))


def _find_hints(fields: Fields, namespace: str) -> tuple[list[Hint], list[Hint]]:
    """The names that tell plainly, and all."""
    candidates = [*_pairs(fields, namespace), *_single(fields, namespace)]
    hints: list[Hint] = []
    for hint in candidates:  # a name without a kind adds nothing to the same name with one
        if not any(hint.name == other.name and hint.kind in ("", other.kind) for other in hints):
            hints.append(hint)
    weak = {f"{where} {key}" for where, entries in fields for key in measuring(entries)}
    return [hint for hint in hints if hint.said_in not in weak], hints


def first(fields: Fields, keys: Sequence[str]) -> str:
    """The value of the first field whose bare key is one of `keys`; empty where there is none. A key that is so called
    comes before one that says in front that somebody else gave it."""
    return _first([(where, own(part)) for where, part in fields], keys)


def _first(fields: Fields, keys: Sequence[str]) -> str:
    entries = [(bool(_GIVEN.match(key)), value) for _, key, value in _entries(fields) if _bare(key) in keys]
    return min(entries, key=lambda one: one[0])[1] if entries else ""


def service(fields: Fields) -> str:
    return first(fields, ("service",)) or first(fields, ("app", "application", "appkubernetesio", "workload"))


def _pairs(fields: Fields, namespace: str) -> Iterator[Hint]:
    """A name whose kind stands in a field of its own."""
    for kind_key, name_key in PAIRS:
        kind = _CANONICAL.get(_first(fields, (kind_key,)).lower(), "")
        name = _first(fields, (name_key,))
        if kind and name:
            yield Hint(kind=kind, namespace=namespace, name=name, said_in=_said_in(fields, (name_key,)))


def _single(fields: Fields, namespace: str) -> Iterator[Hint]:
    ordered = sorted(
        ((where, key, value) for where, key, value in _entries(fields) if _bare(key) in KINDS),
        key=lambda entry: ORDER[_bare(entry[1])],
    )
    for where, key, value in ordered:
        bare, kind = _bare(key), KINDS[_bare(key)]
        if bare in ("instance", "host"):
            value = host(value)
        if value:
            if where == "dimension" and bare == "pod":  # Container Insights calls the workload's name PodName
                kind = ""
            within = namespace if kind not in NO_NAMESPACE else ""
            yield Hint(kind=kind, namespace=within, name=value, said_in=f"{where} {key}")


def host(value: str) -> str:
    """The host of `host:port` or of a URL; empty for an address, which names nothing."""
    name = re.sub(r"^[a-z][a-z0-9+.-]*://(?:[^/@]*@)?", "", value.strip(), flags=re.I).partition("/")[0]
    name = re.sub(r":\d+$", "", name).strip("[]")
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name
    return ""


def _entries(fields: Fields) -> Iterator[tuple[str, str, str]]:
    for where, entries in fields:
        for key, value in entries.items():
            text = value.strip()
            if text.lower() not in UNSAID and len(text) <= 253:  # the longest name that Kubernetes knows
                yield where, key, text


def _said_in(fields: Fields, keys: Sequence[str]) -> str:
    return next(f"{where} {key}" for where, key, _ in _entries(fields) if _bare(key) in keys)


@lru_cache(4096)
def _bare(key: str) -> str:
    """`kube_deployment`, `k8s.deployment.name` and `Deployment` are one key."""
    plain = re.sub(r"[^a-z0-9]", "", key.lower())
    if plain in KINDS:
        return plain
    bare = _AFFIXES.sub("", plain)
    return "kubejob" if bare == "job" else bare  # the plain key is Prometheus' scrape job, which is seldom a Job
