"""Which labels of an alert name the thing that measured. A scrape adds the labels of its own target to every series:
beside what kube-state-metrics says of a claim stand the Service, the pod and the container of kube-state-metrics.

Where what was scraped has a label of the same name, Prometheus calls that one `exported_…`. Whoever runs a program
writes what it exports, so it may say that it is somebody else's: only an exporter is there to speak of others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

# Where a label of the scraped target itself may stand; a label of one kind of workload is never one.
TARGET_KEYS: Final = frozenset(
    ("service", "service_name", "app", "app_kubernetes_io_name", "application", "container", "pod", "pod_name", "name")
)
ALWAYS: Final = frozenset(("component", "job", "instance", "host", "endpoint"))  # seldom what was measured
_MEASURES: Final = re.compile(
    r"exporter|kube[-_]?state[-_]?metrics|cadvisor|blackbox|pushgateway|metrics[-_]server|problem[-_]detector"
    r"|\b(?:kubelet|telegraf|otel|opentelemetry|collectd|datadog-agent|cloudwatch-agent)\b",
    re.I,
)
EXPORTED: Final = "exported_"
PLACES: Final = frozenset(("namespace", "kubernetes_namespace", "kube_namespace", "k8s_namespace", "node"))
_BESIDE: Final = ("job", "instance", "metrics_path")


def measuring(labels: Mapping[str, str]) -> frozenset[str]:
    """The keys of `labels` that name who measured, or may do no more than that.

    A name is the measurer's where it is like one, or repeats the scrape's job.
    """
    plain = _plain(labels)
    job = next((labels[key] for key, bare in plain.items() if bare == "job"), "").rpartition("/")[2]
    is_exporter = _is_exporter(labels)
    keys = {key for key, bare in plain.items() if bare in ALWAYS}
    for key, bare in plain.items():
        if bare not in TARGET_KEYS:
            continue
        if is_exporter and (_MEASURES.search(labels[key]) or (job and job in labels[key])):
            keys.add(key)
    return frozenset(keys)


def own(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels that may choose what an alert is about: those of the scraped target itself, which its program does not
    write. Of an exporter, what it exports in their place."""
    plain = _plain(labels)
    exported_keys = {key for key, bare in plain.items() if bare.startswith(EXPORTED)}
    if _is_exporter(labels):
        own_labels = {plain[key].removeprefix(EXPORTED): labels[key] for key in labels if key in exported_keys}
        return {
            key: value for key, value in labels.items() if key not in exported_keys and plain[key] not in own_labels
        } | own_labels
    if not any(bare in TARGET_KEYS | PLACES for bare in plain.values()):
        return dict(labels)  # no target is named that could be overridden
    return {key: value for key, value in labels.items() if key not in exported_keys}


def within_place(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels without what overrides one of the target's own. Where an alert kept no more of its target than the
    place, they may choose what it is about there."""
    plain = _plain(labels)
    bare_keys = set(plain.values())
    return {
        key: value for key, value in labels.items() if plain[key].removeprefix(EXPORTED) not in bare_keys - {plain[key]}
    }


def _plain(labels: Mapping[str, str]) -> dict[str, str]:
    return {key: _underscore(key) for key in labels}


@lru_cache(4096)
def _underscore(key: str) -> str:
    return re.sub(r"[./-]", "_", key.lower())


def _is_exporter(labels: Mapping[str, str]) -> bool:
    return any(_MEASURES.search(labels[key]) for key, bare in _plain(labels).items() if bare in _BESIDE)
