"""Where an address that programs complain of stands in their configuration: a variable, or a ConfigMap's value.

Only such an address, which the log shows anyway, is looked for; no other value is read into an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from mcp_servers.contract.facts import Coverage, Observation, Relation, Subject
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.observe.references import references
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.config_values import applied_texts, config_maps, texts
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists
from mcp_servers.kubernetes.snapshot.workload_tree import gather, top
from mcp_servers.serving.windows import rfc3339

FAILED: Final = "log.connection_failed"
MOST: Final = 8  # ConfigMaps that are read
_PORT: Final = re.compile(r":\d+$")


class RunStarts(NamedTuple):
    """Starts of two runs; None where nothing tells."""

    began: datetime | None
    before: datetime | None


@dataclass
class AddressSettings:
    observations: list[Observation] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)


def address_settings(
    api: Api, observations: Sequence[Observation], pods: Sequence[Obj], lists: Lists
) -> AddressSettings:
    """Where the addresses of failed connections come from, one observation for each place."""
    result = AddressSettings()
    by_place: dict[str, Observation] = {}
    for pod in pods:
        hosts = {_host(x) for x in observations if x.code == FAILED and x.subject.name == o.name(pod)} - {""}
        if not hosts or o.name(pod) in by_place:
            continue
        owner = top(pod, lists)
        root = o.subject(api.name, owner)
        runs = _runs(pod, owner, api.name, lists)
        for place in _places(api, pod, hosts, root, runs, result):
            by_place.setdefault(str(place.attributes), place)
            if place.attributes["kind"] == "ConfigMap":
                target = Subject(
                    scope=api.name, kind="ConfigMap", namespace=root.namespace, name=str(place.attributes["name"])
                )
                result.relations.append(Relation(kind="refers_to", source=root, target=target))
        break  # the pods of one workload have the same configuration
    result.observations = list(by_place.values())
    return result


def _places(
    api: Api, pod: Obj, hosts: set[str], root: Subject, runs: RunStarts, result: AddressSettings
) -> Iterator[Observation]:
    for _, container in o.containers(pod):
        for variable in container.get("env") or []:
            for host in sorted(hosts):
                if _holds(str(variable.get("value") or ""), host):
                    yield _reference_holds(
                        root, host, {"kind": root.kind, "name": root.name, "key": str(variable.get("name"))}
                    )
    names = list(dict.fromkeys(r.name for r in references(pod) if r.kind == "ConfigMap"))
    for name, read in config_maps(api, root.namespace, names[:MOST], result.coverage):
        written_at = o.last_written(read)
        for key, value in texts(read).items():
            for host in sorted(hosts):
                if _holds(value, host):
                    attributes = {"kind": "ConfigMap", "name": name, "key": key}
                    attributes["first_read"] = _first_read(written_at, runs)
                    attributes["restorable"] = _restorable(read, key, value, host)
                    yield _reference_holds(
                        root, host, attributes | ({"written": rfc3339(written_at)} if written_at else {})
                    )


def _restorable(config_map: Obj, key: str, value: str, host: str) -> str:
    """Whether what kubectl applied last has another value, which does not hold this address."""
    earlier = applied_texts(config_map).get(key)
    return "yes" if earlier is not None and earlier != value and not _holds(earlier, host) else "no"


def _runs(pod: Obj, owner: Obj, scope: str, lists: Lists) -> RunStarts:
    """When the run that is on began, and the one before it: of this pod, else of the pods before."""
    container_statuses = o.status(pod).get("containerStatuses") or []
    now = [
        t
        for s in container_statuses
        if (t := o.instant(((s.get("state") or {}).get("running") or {}).get("startedAt")))
    ]
    last = [
        t
        for s in container_statuses
        if (t := o.instant(((s.get("lastState") or {}).get("terminated") or {}).get("startedAt")))
    ]
    tree = gather(owner, lists, scope, lists.as_of or datetime.now(UTC))
    creation_times = [t for s in tree.sets if o.name(s) != o.owner(pod)[1] and (t := o.created_at(s))]
    began = min(now, default=o.created_at(pod))
    before = min(last, default=max((t for t in creation_times if began and t < began), default=None))
    return RunStarts(began, before)


def _first_read(written_at: datetime | None, runs: RunStarts) -> str:
    """Whether a value was written between the run before and the one that is on."""
    if written_at is None or runs.began is None:
        return "unknown"
    if written_at > runs.began:
        return "no"
    return "unknown" if runs.before is None else "yes" if written_at > runs.before else "no"


def _reference_holds(root: Subject, host: str, attributes: dict[str, Any]) -> Observation:
    where = f"{attributes['kind']} {attributes['name']}, {attributes['key']}"
    return Observation(
        code="reference.holds",
        subject=root,
        at=o.instant(attributes.get("written")),
        attributes={"address": host, **attributes},
        excerpt=f"{host} appears in {where}",
    )


def _holds(value: str, host: str) -> bool:
    return bool(re.search(rf"(?<![\w.-]){re.escape(host)}(?![\w-]|\.\w)", value))


def _host(x: Observation) -> str:
    """The host of a failed connection; what has no name of its own, such as localhost, is not looked for."""
    address = str(x.attributes.get("address", "")).split("://")[-1].split("/")[0]
    host = _PORT.sub("", address)
    return host if len(host) > 2 else ""
