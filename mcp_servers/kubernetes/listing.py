"""Tools that read objects, events and usage as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml

from mcp_servers.contract.bounds import untrusted
from mcp_servers.contract.facts import Answer, Coverage, Observation
from mcp_servers.kit import cursors
from mcp_servers.kit.errors import TeachingError
from mcp_servers.kit.markdown import table, within
from mcp_servers.kit.near import near, offer
from mcp_servers.kubernetes import extract_nodes, extract_references, extract_workloads
from mcp_servers.kubernetes import objects as o
from mcp_servers.kubernetes.asking import Api, ApiError, Told
from mcp_servers.kubernetes.explained import span
from mcp_servers.kubernetes.extract_families import observe
from mcp_servers.kubernetes.family import Family, gather
from mcp_servers.kubernetes.kinds import Resource, known, served
from mcp_servers.kubernetes.objects import Obj
from mcp_servers.kubernetes.quantities import amount, mebibytes, millicores
from mcp_servers.kubernetes.reading import Lists, read

PAGE: Final = 500
ROWS: Final = 7_000  # characters of JSON for the rows of one answer, which are its text as well
ROOM: Final = 9_000  # characters of JSON for rows or one object
FACTS: Final = 7_000


class Listing:
    def __init__(self, api: Api) -> None:
        self._api = api

    def kubectl_get(
        self, kind: str, namespace: str = "", name: str = "", selector: str = "", cursor: str = ""
    ) -> Answer:
        """Objects of any kind the cluster serves: one in full where `name` is given, else a list (all namespaces
        without `namespace`). `selector` is a label selector. Values of Secrets and ConfigMaps are never shown.

        A long list goes on with the `cursor` of `data`.
        """
        resource = served(self._api, kind)
        if name:
            return self._one(resource, namespace, name)
        place = _place(cursor)
        query: dict[str, str | int] = {"limit": PAGE} | ({"labelSelector": selector} if selector else {})
        query |= {"continue": place.page} if place.page else {}
        where = _where(resource, namespace)
        reply = self._api.get(resource.path(namespace), query, asked=f"list {resource.plural} {where}")
        page = reply.body.get("metadata") or {}
        listed = [o.without_values({"kind": resource.kind} | item) for item in reply.body.get("items") or []]
        items = listed[place.offset :]
        rows = [_summary(item, reply) for item in items]
        kept = within(rows, ROWS)
        facts = [x for item in items[: len(kept)] for x in self._facts(item, reply)]
        shown = within([x.model_dump(mode="json") for x in facts], FACTS)
        more = _following(place, len(kept), len(listed), str(page.get("continue") or ""))
        rest = len(items) - len(kept) + int(page.get("remainingItemCount") or 0)
        left_out = {"objects": rest, "observations": len(facts) - len(shown)}
        head = f"{len(kept)} {resource.plural} {where}" + (f" with {selector}" if selector else "")
        head += f", {rest or 'some'} more with cursor {more}." if more else "."
        headers = list(kept[0]) if kept else []
        return Answer(
            text=head + (f"\n\n{table(headers, [list(row.values()) for row in kept])}" if kept else ""),
            as_of=reply.as_of,
            data={"kind": resource.kind, "items": kept, "count": place.told + len(kept) + rest, "cursor": more},
            observations=facts[: len(shown)],
            coverage=[
                Coverage(
                    looked_at=f"{resource.plural} {where} {selector}".strip(), state="truncated" if more else "complete"
                )
            ],
            left_out={what: count for what, count in left_out.items() if count},
        )

    def kubectl_events(self, namespace: str, name: str = "", kind: str = "", cursor: str = "") -> Answer:
        """Events of a namespace, or of one object, newest first; warnings as observations.

        A long list goes on with the `cursor` of `data`.
        """
        start = cursors.offset(cursor)
        lists = read(self._api, namespace, ["Event"], required=["Event"])
        assert lists.as_of is not None
        resource = known(kind) if kind else None
        wanted = resource.kind if resource else kind
        chosen = [
            e
            for e in lists.of("Event")
            if (not name or o.involved(e)[1] == name) and (not wanted or o.involved(e)[0] == wanted)
        ]
        chosen.sort(key=lambda e: str(o.last_seen(e) or ""), reverse=True)
        kept = within([_event_row(e) for e in chosen[start:]], ROWS)
        after = start + len(kept)
        more = cursors.written(offset=after) if after < len(chosen) else ""
        facts = self._warnings(chosen[start:], lists, namespace)
        shown = within([x.model_dump(mode="json") for x in facts], FACTS)
        left_out = {"events": len(chosen) - after, "observations": len(facts) - len(shown)}
        rows = [[*list(r.values())[:-1], untrusted(r["message"])] for r in kept]
        return Answer(
            text=f"{len(chosen)} events.\n\n"
            + table(["last", "type", "reason", "object", "count", "message"], rows, 240)
            + (f"\n\nMore with cursor {more}" if more else ""),
            as_of=lists.as_of,
            data={"events": kept, "cursor": more},
            observations=facts[: len(shown)],
            coverage=lists.coverage,
            left_out={what: count for what, count in left_out.items() if count},
        )

    def kubectl_top(self, namespace: str) -> Answer:
        """What the containers of a namespace use now, beside their limits; needs metrics-server."""
        path = f"/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods"
        try:
            reply = self._api.get(path, asked=f"usage of pods of namespace {namespace}")
        except ApiError as problem:
            if problem.status == 404:
                wrong = "the cluster serves no metrics.k8s.io."
                raise TeachingError("unavailable", "kubectl_top", wrong, "Install metrics-server.") from problem
            raise
        lists = read(self._api, namespace, ["Pod"], beside=True)
        rows = [r for used in reply.body.get("items") or [] for r in _usage(used, lists.named("Pod", o.name(used)))]
        rows.sort(key=lambda r: -float(amount(r["memory"]) or 0))
        kept = within(rows, ROOM)
        headers = ["pod", "container", "cpu", "memory", "cpu limit", "memory limit"]
        return Answer(
            text=table(headers, [list(r.values()) for r in kept]) if kept else "No pod reports usage.",
            as_of=reply.as_of,
            data={"containers": kept},
            coverage=[Coverage(looked_at=f"usage of pods of namespace {namespace}"), *lists.coverage],
            left_out={"containers": len(rows) - len(kept)} if len(rows) > len(kept) else {},
        )

    def _one(self, resource: Resource, namespace: str, name: str) -> Answer:
        asked = f"get {resource.kind} {f'{namespace}/' if namespace else ''}{name}"
        if resource.namespaced and not namespace:
            raise TeachingError("bad_request", asked, "needs a namespace.", "kubectl_find tells in which one it is.")
        try:
            reply = self._api.get(resource.path(namespace, name), asked=asked)
        except ApiError as problem:
            if problem.status != 404:
                raise
            raise TeachingError("not_found", asked, "there is none.", self._offer(resource, namespace, name)) from None
        obj = {"kind": resource.kind} | reply.body
        text = yaml.safe_dump(o.shown(obj), sort_keys=False, width=160, allow_unicode=True)
        facts = self._facts(obj, reply)
        return Answer(
            text=text,
            as_of=reply.as_of,
            data={"object": o.shown(obj)} if len(text) < ROOM else {"object": _summary(obj, reply)},
            observations=facts,
            coverage=[Coverage(looked_at=f"{resource.kind} {f'{namespace}/' if namespace else ''}{name}")],
            left_out={} if len(text) < ROOM else {"fields": 1},
        )

    def _offer(self, resource: Resource, namespace: str, name: str) -> str:
        try:
            reply = self._api.get(resource.path(namespace), {"limit": PAGE})
        except ApiError:
            return ""
        return offer(near(name, [o.name(item) for item in reply.body.get("items") or []]))

    def _facts(self, obj: Obj, reply: Told) -> list[Observation]:
        """What one object shows by itself."""
        scope, subject = self._api.name, o.subject(self._api.name, obj)
        family = Family(scope, reply.as_of, obj, Lists(), [], [obj] if obj["kind"] == "Pod" else [])
        if obj["kind"] == "Pod":
            return [x for x in observe(family) if x.code != "reference.missing"]
        if obj["kind"] == "Node":
            return extract_nodes.observe(obj, subject)
        if obj["kind"] == "PersistentVolumeClaim" and o.status(obj).get("phase") == "Pending":
            return [extract_references.claim_pending(obj, subject, family.events(obj))]
        return extract_workloads.observe(family)

    def _warnings(self, events: Sequence[Obj], lists: Lists, namespace: str) -> list[Observation]:
        about: dict[tuple[str, str], Obj] = {}
        for event in events:
            kind, name = o.involved(event)
            about[(kind, name)] = {"kind": kind, "metadata": {"name": name, "namespace": namespace}}
        assert lists.as_of is not None
        none: Obj = {"kind": "Namespace", "metadata": {"name": namespace}}
        family = gather(none, lists, self._api.name, lists.as_of)
        return extract_workloads.warnings(family, about.values())


@dataclass(frozen=True)
class _Place:
    """Where a list goes on: after `offset` objects of the API server's `page`, `told` of all pages."""

    page: str = ""
    offset: int = 0
    told: int = 0


def _place(cursor: str) -> _Place:
    if not cursor:
        return _Place()
    told = cursors.read(cursor, "page", "offset", "told")
    if not (isinstance(told["page"], str) and isinstance(told["offset"], int) and isinstance(told["told"], int)):
        raise TeachingError("bad_request", f"cursor={cursor[:60]!r}", "is none of this tool's.")
    return _Place(told["page"], max(0, told["offset"]), told["told"])


def _following(place: _Place, kept: int, listed: int, next_page: str) -> str:
    """The cursor behind what was told: in the same page of the API server, or at its next one; empty at the end."""
    told, after = place.told + kept, place.offset + kept
    if after < listed:
        return cursors.written(page=place.page, offset=after, told=told)
    return cursors.written(page=next_page, offset=0, told=told) if next_page else ""


def _where(resource: Resource, namespace: str) -> str:
    if not resource.namespaced:
        return "of the cluster"
    return f"of namespace {namespace}" if namespace else "of all namespaces"


def _summary(obj: Obj, reply: Told) -> dict[str, Any]:
    made = o.created(obj)
    row: dict[str, Any] = {}
    if namespace := o.meta(obj).get("namespace"):
        row["namespace"] = namespace
    row |= {"name": o.name(obj), "age": span((reply.as_of - made).total_seconds()) if made else ""}
    row["status"] = _state(obj)
    if obj["kind"] in ("Secret", "ConfigMap"):
        row["keys"] = ", ".join(obj.get("data") or {})
    if images := o.images(o.template(obj)):
        row["images"] = images
    return row


def _state(obj: Obj) -> str:
    """What a list's reader wants first: ready counts, phase, or conditions that hold."""
    status = o.status(obj)
    if obj["kind"] == "Pod":
        told = status.get("containerStatuses") or []
        waits = [(s.get("state") or {}).get("waiting", {}).get("reason") for s in told]
        word = next((w for w in waits if w), status.get("reason") or status.get("phase") or "")
        restarts = sum(int(s.get("restartCount") or 0) for s in told)
        return f"{word} {sum(1 for s in told if s.get('ready'))}/{len(told)} restarts {restarts}"
    if obj["kind"] in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"):
        return f"{extract_workloads.serving(obj, [])}/{extract_workloads.desired(obj)} ready"
    if obj["kind"] == "Service":
        return f"{o.spec(obj).get('type', 'ClusterIP')} selector {o.written(o.selector(obj)) or 'none'}"
    holds = [c["type"] for c in status.get("conditions") or [] if c.get("status") == "True" and c.get("type")]
    return str(status.get("phase") or ", ".join(holds))


def _event_row(event: Obj) -> dict[str, Any]:
    last = o.last_seen(event)
    kind, name = o.involved(event)
    return {
        "last": f"{last:%Y-%m-%dT%H:%M:%SZ}" if last else "",
        "type": event.get("type", ""),
        "reason": event.get("reason", ""),
        "object": f"{kind}/{name}",
        "count": o.times_seen(event),
        "message": " ".join(str(event.get("message", "")).split())[:300],
    }


def _usage(used: Obj, pod: Obj | None) -> list[dict[str, Any]]:
    limits = {c.get("name"): (c.get("resources") or {}).get("limits") or {} for _, c in o.containers(pod or {})}
    return [
        {
            "pod": o.name(used),
            "container": c.get("name", ""),
            "cpu": millicores((c.get("usage") or {}).get("cpu")),
            "memory": mebibytes((c.get("usage") or {}).get("memory")),
            "cpu_limit": str(limits.get(c.get("name"), {}).get("cpu", "")),
            "memory_limit": str(limits.get(c.get("name"), {}).get("memory", "")),
        }
        for c in used.get("containers") or []
    ]
