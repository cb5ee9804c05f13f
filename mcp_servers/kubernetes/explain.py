"""Tool `kubectl_explain_workload`: one workload with all that belongs to it, read in a few requests, as facts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mcp_servers.contract.facts import Answer, Observation, Relation
from mcp_servers.kit.errors import TeachingError
from mcp_servers.kit.near import near, offer
from mcp_servers.kubernetes import extract_references, extract_services
from mcp_servers.kubernetes import objects as o
from mcp_servers.kubernetes.asking import Api
from mcp_servers.kubernetes.explained import answered
from mcp_servers.kubernetes.extract_families import observe, relate
from mcp_servers.kubernetes.family import CONTROLLERS, by_name, gather, top
from mcp_servers.kubernetes.kinds import kind_of
from mcp_servers.kubernetes.objects import Obj
from mcp_servers.kubernetes.reading import Lists, read, with_keys
from mcp_servers.kubernetes.revisions import BY_REVISIONS

EXPLAINED: Final = (*CONTROLLERS, "Pod", "Service")
FIRST: Final = (
    *("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod", "Service", "Endpoints"),
    *("Event", "HorizontalPodAutoscaler"),
)
BEHIND_A_SERVICE: Final = 3  # workloads that are explained with it


class Explain:
    def __init__(self, api: Api) -> None:
        self._api = api

    def kubectl_explain_workload(self, namespace: str, name: str, kind: str = "") -> Answer:
        """All facts about one workload: replicas, rollout and what it changed, pods and their containers, events,
        the configuration it refers to, its Services and nodes.

        `kind` is Deployment, StatefulSet, DaemonSet, Job, CronJob, ReplicaSet, Pod or Service; empty: found by name.
        A Pod or ReplicaSet leads to its topmost owner, also when it is gone; a Service to what it selects.
        """
        wanted = kind_of(kind, EXPLAINED)
        lists = read(self._api, namespace, FIRST, required=["Pod"] if wanted in ("", "Pod") else [wanted, "Pod"])
        asked = f"{wanted or 'workload'} {namespace}/{name}"
        found = by_name(name, wanted, lists)
        if found is None:
            raise self._absent(asked, name, namespace, wanted, lists)
        services, roots = _meant(found, lists)
        lists = lists.merged(self._more(namespace, roots, lists))
        assert lists.as_of is not None
        families = [gather(root, lists, self._api.name, lists.as_of) for root in roots]
        observations: list[Observation] = []
        relations: list[Relation] = []
        for family in families:
            observations += observe(family)
            relations += relate(family)
        beside = [s for s in services if not any(s in extract_services.in_front_of(f) for f in families)]
        observations += extract_services.observe(beside, self._api.name, lists)
        unique = list({x.model_dump_json(): x for x in observations}.values())
        return answered(found, families, unique, relations, lists, self._api.name)

    def _more(self, namespace: str, roots: list[Obj], lists: Lists) -> Lists:
        """What the roots and their pods refer to, in a second round: only the kinds that are named."""
        bodies = [o.template(r) for r in roots] + [p for p in lists.of("Pod") if any(top(p, lists) is r for r in roots)]
        references = [r for body in bodies for r in extract_references.references(body)]
        kinds = {r.kind for r in references}
        if any(r["kind"] in BY_REVISIONS for r in roots):
            kinds.add("ControllerRevision")
        if any(o.spec(body).get("nodeName") for body in bodies):
            kinds.add("Node")
        keyed = {r.name for r in references if r.kind == "Secret" and r.key}
        return with_keys(self._api, namespace, keyed, read(self._api, namespace, sorted(kinds), beside=True))

    def _absent(self, asked: str, name: str, namespace: str, kind: str, lists: Lists) -> TeachingError:
        every = {o.name(x): f"{k}/{o.name(x)}" for k in reversed(EXPLAINED) for x in lists.of(k)}
        names = [every[n] for n in near(name, every)]
        if not every:
            return TeachingError(
                "not_found", asked, f"namespace {namespace!r} holds no workload.", "kubectl_find searches all of them."
            )
        gaps = [k for k in lists.problems if k in ((kind,) if kind else CONTROLLERS)]
        unread = f" {', '.join(gaps)} could not be read." if gaps else ""
        return TeachingError("not_found", asked, f"there is none.{unread}", offer(names))


def _meant(found: Obj, lists: Lists) -> tuple[list[Obj], list[Obj]]:
    """(Services to look at, workloads to explain) for what was asked about."""
    if found["kind"] != "Service":
        return [], [top(found, lists)]
    behind = _behind(found, lists)
    named = [lists.named(kind, o.name(found)) for kind in CONTROLLERS]
    chosen = behind or [n for n in named if n is not None][:1]
    return [found], chosen[:BEHIND_A_SERVICE]


def _behind(service: Obj, lists: Lists) -> list[Obj]:
    """The workloads whose pods, or whose templates, the Service selects."""
    wanted = o.selector(service)
    tops: Iterable[Obj] = [top(p, lists) for p in lists.of("Pod") if o.matches(wanted, o.labels(p))]
    idle = [w for kind in CONTROLLERS for w in lists.of(kind) if o.matches(wanted, o.labels(o.template(w)))]
    found: dict[tuple[str, str], Obj] = {}
    for root in [*tops, *(top(w, lists) for w in idle)]:
        found.setdefault((root["kind"], o.name(root)), root)
    return list(found.values())
