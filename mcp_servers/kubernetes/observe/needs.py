"""What a pod template needs of the world, as far as its variables, arguments and files name it: hosts, queues, tables.

Only names are read and told. A value that holds a password gives its host and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from mcp_servers.contract.facts import Observation, Relation, Subject
from mcp_servers.kubernetes.observe import workloads as extract_workloads
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree

_HOST: Final = r"[a-zA-Z](?:[\w-]*\.)*[\w-]+"
_ADDRESSED: Final = (
    re.compile(rf"\b[a-z][a-z0-9+.-]*://(?:[^\s/@]*@)?({_HOST})(?::\d{{2,5}})?(?=[/?#,;\s\"'\])}}]|$)"),
    re.compile(rf"(?:^|[\s=,@(])({_HOST}):\d{{2,5}}(?=[/?#,;\s)]|$)"),
)
_NAMED_BY: Final = re.compile(r"(?:HOST|HOSTNAME|ENDPOINT|ADDR|ADDRESS|SERVER|BROKERS?|URL|URI)$")
_A_HOST: Final = re.compile(rf"^{_HOST}$")
_LOCAL: Final = ("localhost", "0.0.0.0", "127.0.0.1", "host.docker.internal")  # noqa: S104 - names in templates
_AGENTS: Final = (
    ("opentelemetry collector", re.compile(r"otel|opentelemetry|\bcollector\b|adot", re.I)),
    ("cloudwatch agent", re.compile(r"cloudwatch-agent|cwagent", re.I)),
    ("prometheus", re.compile(r"prometheus|thanos|victoria-?metrics|vmagent|mimir|cortex", re.I)),
    ("exporter", re.compile(r"[-_/]exporter\b|kube-state-metrics|statsd|pushgateway", re.I)),
    ("log shipper", re.compile(r"fluent-?bit|fluentd|\bvector\b|filebeat|logstash|promtail|\bloki\b", re.I)),
    ("agent", re.compile(r"telegraf|grafana-?(?:agent|alloy)|datadog|newrelic|dynatrace|metricbeat|jaeger|xray", re.I)),
)
SERVING: Final = ("Deployment", "StatefulSet", "DaemonSet")
_SCALED: Final = re.compile(r"Scaled (?:up|down) replica set (\S+) from (\d+) to (\d+)")
_ROLLING: Final = 120.0  # seconds between two steps of one rollout, at most


def values(template: Obj, config: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    """(name of a variable or empty, value) of all containers, and the files of ConfigMaps that they see; `config` holds
    the data of ConfigMaps by name."""
    for _, container in o.containers(template):
        for word in [*(container.get("command") or []), *(container.get("args") or [])]:
            yield "", str(word)
        for variable in container.get("env") or []:
            name = str(variable.get("name", ""))
            reference = (variable.get("valueFrom") or {}).get("configMapKeyRef") or {}
            if variable.get("value"):
                yield name, str(variable["value"])
            elif text := config.get(str(reference.get("name")), {}).get(str(reference.get("key"))):
                yield name, text
        for source in container.get("envFrom") or []:
            yield from config.get(str((source.get("configMapRef") or {}).get("name")), {}).items()
    for volume in o.spec(template).get("volumes") or []:
        parts = [volume, *((volume.get("projected") or {}).get("sources") or [])]
        for name in (str((part.get("configMap") or {}).get("name", "")) for part in parts):
            yield from (("", text) for text in config.get(name, {}).values())


def hosts(template: Obj, config: Mapping[str, Mapping[str, str]] | None = None) -> list[str]:
    """Hosts that the template names, each once."""
    result: dict[str, None] = {}
    for name, value in values(template, config or {}):
        addresses = [match for pattern in _ADDRESSED for match in pattern.findall(value)]
        if not addresses and _NAMED_BY.search(name) and _A_HOST.match(value) and ("." in value or "-" in value):
            addresses = [value]
        result |= dict.fromkeys(host for host in addresses if host not in _LOCAL)
    return list(result)


def names(template: Obj, host: str, config: Mapping[str, Mapping[str, str]]) -> bool:
    """Whether a value names `host` as a word of its own: a host, or the last part of an address or path."""
    whole = re.compile(rf"(?<![\w.-]){re.escape(host)}(?![\w-]|\.\w+\.fifo)(?:$|[^\w]|\.)")
    return any(whole.search(value) for _, value in values(template, config))


def relations(tree: WorkloadTree) -> list[Relation]:
    """`calls` to the hosts that the template of a workload names: a Service of the cluster, or an address."""
    return [Relation(kind="calls", source=tree.subject, target=_target(tree, host)) for host in hosts(tree.template)]


def _target(tree: WorkloadTree, host: str) -> Subject:
    """A Service where the name is one of the cluster's: `name` alone, or with its namespace and `svc`."""
    first, *rest = host.split(".")
    if not rest and tree.lists.by_name("Service", first) is not None:
        return Subject(scope=tree.scope, kind="Service", namespace=tree.namespace, name=first)
    if len(rest) == 1 or (len(rest) > 1 and rest[1] == "svc"):
        return Subject(scope=tree.scope, kind="Service", namespace=rest[0], name=first)
    return Subject(scope=tree.scope, kind="Address", name=host)


def observe(tree: WorkloadTree) -> list[Observation]:
    """That its replicas were changed, and that it carries telemetry away and does not serve."""
    return [*_scaling(tree), *_interruption(tree)]


def _interruption(tree: WorkloadTree) -> Iterable[Observation]:
    desired, ready = extract_workloads.desired(tree.root), extract_workloads.serving(tree.root, tree.pods)
    if tree.root["kind"] not in SERVING or ready >= max(1, desired):
        return
    for _, container in o.containers(tree.template):
        image = str(container.get("image", ""))
        bare = image.rsplit("@", 1)[0]
        agent = next((name for name, pattern in _AGENTS if pattern.search(bare)), "")
        if agent and len(list(o.containers(tree.template))) == 1:
            yield Observation(
                code="telemetry.interrupted",
                subject=tree.subject,
                attributes={"image": image, "agent": agent, "ready": ready, "desired": desired},
                excerpt=f"image {image}, {ready} of {desired} replicas ready",
            )


def _scaling(tree: WorkloadTree) -> Iterable[Observation]:
    """The newest scaling that no rollout made: of one set that was there before, with no other set beside it."""
    steps: list[tuple[Any, str, int, int, str]] = []
    for event in tree.events(tree.root):
        text = str(event.get("message", ""))
        match = _SCALED.search(text)
        when = o.last_seen(event)
        if match and when is not None:
            steps.append((when, match[1], int(match[2]), int(match[3]), text))
    steps.sort(key=lambda step: step[0])
    created = {o.name(s): o.created_at(s) for s in tree.sets}
    for when, name, before, after, text in reversed(steps):
        beside = any(n != name and abs((w - when).total_seconds()) < _ROLLING for w, n, *_ in steps)
        born = created.get(name)
        if before and not beside and (born is None or (when - born).total_seconds() > _ROLLING):
            attributes = {"before": before, "after": after, "way": "up" if after > before else "down"}
            yield Observation(
                code="workload.scaled", subject=tree.subject, at=when, attributes=attributes, excerpt=text
            )
            return
