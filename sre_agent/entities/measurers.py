"""Which labels of an alert name the thing that measured. A scrape adds the labels of its own target to every series:
beside what kube-state-metrics says of a claim stand the Service, the pod and the container of kube-state-metrics.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
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
_BESIDE: Final = ("job", "instance", "metrics_path")


def measuring(labels: Mapping[str, str]) -> frozenset[str]:
    """The keys of `labels` that name who measured, or may do no more than that.

    A name is the measurer's where it is like one, repeats the scrape's job, or gave way to an `exported_` label.
    """
    plain = {key: re.sub(r"[./-]", "_", key.lower()) for key in labels}
    job = next((labels[key] for key, bare in plain.items() if bare == "job"), "").rpartition("/")[2]
    scraped = any(_MEASURES.search(labels[key]) for key, bare in plain.items() if bare in _BESIDE)
    found = {key for key, bare in plain.items() if bare in ALWAYS}
    for key, bare in plain.items():
        if bare not in TARGET_KEYS:
            continue
        renamed = f"exported_{bare}" in plain.values()
        if renamed or (scraped and (_MEASURES.search(labels[key]) or (job and job in labels[key]))):
            found.add(key)
    return frozenset(found)
