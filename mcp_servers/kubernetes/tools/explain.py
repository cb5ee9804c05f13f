"""Tool `kubectl_explain_workload`: one workload with all that belongs to it, read in a few requests, as facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mcp_servers.contract.facts import Answer, Observation, Relation
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.observe import allowances as extract_allowances
from mcp_servers.kubernetes.observe import claims as extract_claims
from mcp_servers.kubernetes.observe import constraints as extract_guards
from mcp_servers.kubernetes.observe import control_plane
from mcp_servers.kubernetes.observe import lifecycles as extract_lifecycles
from mcp_servers.kubernetes.observe import placement as extract_placement
from mcp_servers.kubernetes.observe import references as extract_references
from mcp_servers.kubernetes.observe import service_targets as extract_sending
from mcp_servers.kubernetes.observe import services as extract_services
from mcp_servers.kubernetes.observe import traffic as extract_traffic
from mcp_servers.kubernetes.observe.workload_facts import observe, relate
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot import selection
from mcp_servers.kubernetes.snapshot.kinds import kind_of
from mcp_servers.kubernetes.snapshot.namespaces import Fact, Surroundings
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists, read, with_keys
from mcp_servers.kubernetes.snapshot.revisions import BY_REVISIONS
from mcp_servers.kubernetes.snapshot.workload_tree import CONTROLLERS, WorkloadTree, behind, by_name, gather, top
from mcp_servers.kubernetes.tools.elsewhere import with_places
from mcp_servers.kubernetes.tools.explanation import WorkloadExplanation, explanation_answer
from mcp_servers.kubernetes.tools.preemptors import with_preemptors
from mcp_servers.serving import cursors
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.near_names import near, offer
from mcp_servers.serving.registry import read_tool

BESIDE: Final = (  # they lead to what they scale, serve or restrain
    *("HorizontalPodAutoscaler", "PersistentVolumeClaim", "Ingress", "PodDisruptionBudget", "ResourceQuota"),
)
EXPLAINED: Final = (*CONTROLLERS, "Pod", "Service", *BESIDE)
FIRST: Final = (
    *("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod", "Service", "Endpoints"),
    *("Event", "HorizontalPodAutoscaler"),
)
BEHIND_A_SERVICE: Final = 3  # workloads that are explained with it
_RESTRAINS: Final = {"PodDisruptionBudget": extract_guards.budgets, "ResourceQuota": extract_guards.quotas}


class Explain:
    def __init__(self, api: Api) -> None:
        self._api = api
        self._last: WorkloadExplanation | None = None

    @read_tool("Explain a workload")
    def kubectl_explain_workload(
        self,
        namespace: inputs.Namespace,
        name: inputs.WorkloadName,
        kind: inputs.ExplainedKind = "",
        cursor: inputs.Cursor = "",
    ) -> Answer:
        """All facts about one workload: replicas, rollout and what it changed, pods and their containers, events,
        the configuration it refers to, its Services and nodes.

        `kind` is Deployment, StatefulSet, DaemonSet, Job, CronJob, ReplicaSet, Pod, Service, HorizontalPodAutoscaler,
        PersistentVolumeClaim, Ingress, PodDisruptionBudget or ResourceQuota; empty: found by name. A Pod or ReplicaSet
        leads to its topmost owner, even after it was deleted; a Service to what it selects, an autoscaler to what it
        scales, a claim to what uses it, an Ingress to its Services, a budget to what it covers, a quota to what lacks
        pods. A long answer continues with the `cursor` in `data`.
        """
        start = cursors.offset(cursor)
        explanation = self._last
        if not cursor or explanation is None or explanation.request != (namespace, name, kind):
            explanation = self._last = self._explain(namespace, name, kind)
        return explanation_answer(explanation, start)

    def _explain(self, namespace: str, name: str, kind: str) -> WorkloadExplanation:
        asked_kind = kind_of(kind, EXPLAINED)
        first = (*FIRST, asked_kind) if asked_kind and asked_kind not in FIRST else FIRST
        lists = read(
            self._api, namespace, first, required=["Pod"] if asked_kind in ("", "Pod") else [asked_kind, "Pod"]
        )
        request = f"{asked_kind or 'workload'} {namespace}/{name}"
        obj = by_name(name, asked_kind, lists)
        if obj is None:
            raise self._absent(request, name, namespace, asked_kind, lists)
        services, roots = _services_and_workloads(obj, lists)
        lists = lists.merged(self._more(namespace, roots, lists, has_claims=obj["kind"] == "PersistentVolumeClaim"))
        assert lists.as_of is not None
        trees = [gather(root, lists, self._api.name, lists.as_of) for root in roots]
        observations: list[Observation] = []
        relations: list[Relation] = []
        for tree in trees:
            observations += with_preemptors(self._api, observe(tree), lists)
            relations += relate(tree)
        itself = [*self._on_itself(obj, trees, lists), *self._lives(obj, trees, lists)]
        observations += [x for x in itself if isinstance(x, Observation)]
        relations += [x for x in itself if isinstance(x, Relation)]
        beside = [s for s in services if not any(s in extract_services.in_front_of(f) for f in trees)]
        observations += extract_services.observe(beside, self._api.name, lists)
        observations += [x for s in beside for x in extract_sending.observe(s, self._api.name, lists)]
        observations = with_places(self._api, observations, trees, lists)
        unique = list({x.model_dump_json(): x for x in observations}.values())
        return WorkloadExplanation((namespace, name, kind), obj, trees, unique, relations, lists, self._api.name)

    def _on_itself(self, obj: Obj, trees: list[WorkloadTree], lists: Lists) -> Sequence[Fact]:
        """What an autoscaler, a claim, an Ingress, a budget or a quota shows by itself, also where it leads to no
        workload."""
        assert lists.as_of is not None
        here = str(o.meta(obj).get("namespace", ""))
        around = Surroundings(self._api.name, lists.as_of, here, lists, trees)
        if obj["kind"] == "HorizontalPodAutoscaler":
            return [x for x in extract_guards.scalers(around, [obj]) if isinstance(x, Observation)]
        subject, events = around.subject(obj), lists.about(obj)
        if obj["kind"] in _RESTRAINS:
            facts = [*_RESTRAINS[obj["kind"]](around), *extract_guards.quota_refusals(around)]
            return [x for x in facts if subject == (x.subject if isinstance(x, Observation) else x.source)]
        if obj["kind"] == "Ingress":
            routes = list(extract_traffic.ingresses(around, [obj]))
            targets = [x.target for x in routes if isinstance(x, Relation)]
            return [*routes, *(Relation(kind="calls", source=subject, target=target) for target in targets)]
        if obj["kind"] == "PersistentVolumeClaim" and o.status(obj).get("phase") == "Pending":
            return list(extract_claims.pending(obj, subject, events, lists))
        return []

    def _lives(self, obj: Obj, trees: list[WorkloadTree], lists: Lists) -> list[Fact]:
        """What should have begun, ended or gone away: starts of Jobs and CronJobs, and deletions that stand still."""
        facts: list[Fact] = []
        for tree in trees:
            around = Surroundings(self._api.name, tree.now, tree.namespace, lists, [tree])
            if tree.root["kind"] in ("Job", "CronJob"):
                facts += extract_lifecycles.runs(around, tree.root)
            claims = (lists.by_name("PersistentVolumeClaim", name) for name in extract_references.claim_names(tree))
            whole = {id(one): one for one in (obj, tree.root, *tree.pods, *claims) if one is not None}
            facts += extract_lifecycles.deletions(around, whole.values())
        return facts

    def _more(self, namespace: str, roots: list[Obj], lists: Lists, *, has_claims: bool) -> Lists:
        """What the roots and their pods refer to, in a second round: only the kinds that are named."""
        bodies = [o.template(r) for r in roots] + [p for r in roots for p in _pods_of(r, lists)]
        references = [r for body in bodies for r in extract_references.references(body)]
        kinds = {r.kind for root in roots for r in extract_references.of_workload(root)} - lists.objects.keys()
        kinds |= {r.kind for r in references}
        kinds |= {"IngressClass", "Secret"} if lists.of("Ingress") else set()
        if any(extract_allowances.lacks_pods(r, _pods_of(r, lists)) for r in roots):
            kinds |= {"LimitRange", "ResourceQuota"}
        if any(r["kind"] in BY_REVISIONS for r in roots):
            kinds.add("ControllerRevision")
        if any(o.spec(body).get("nodeName") or extract_placement.waits(body) for body in bodies):
            kinds.add("Node")
        if has_claims or ("PersistentVolumeClaim" in kinds and any(extract_placement.waits(body) for body in bodies)):
            kinds |= {"StorageClass", "PersistentVolume"}
        secret_names = {r.name for r in references if r.kind == "Secret" and r.key}
        references_read = with_keys(
            self._api, namespace, secret_names, read(self._api, namespace, sorted(kinds), beside=True)
        )
        if any(control_plane.is_left_alone(one) for one in (*roots, *bodies)):
            references_read = references_read.merged(
                read(self._api, control_plane.PLACE, [control_plane.LEASE], beside=True)
            )
        return references_read

    def _absent(self, request: str, name: str, namespace: str, kind: str, lists: Lists) -> TeachingError:
        every = {o.name(x): f"{k}/{o.name(x)}" for k in reversed(EXPLAINED) for x in lists.of(k)}
        names = [every[n] for n in near(name, every)]
        if not every:
            return TeachingError(
                "not_found",
                request,
                f"namespace {namespace!r} has no workloads.",
                "kubectl_find searches all namespaces.",
            )
        gaps = [k for k in lists.problems if k in ((kind,) if kind else CONTROLLERS)]
        unread = f" {', '.join(gaps)} could not be read." if gaps else ""
        return TeachingError("not_found", request, f"it does not exist.{unread}", offer(names))


def _services_and_workloads(obj: Obj, lists: Lists) -> tuple[list[Obj], list[Obj]]:
    """(Services to look at, workloads to explain) for what was asked about."""
    if obj["kind"] == "HorizontalPodAutoscaler":
        target = o.spec(obj).get("scaleTargetRef") or {}
        workload = lists.by_name(str(target.get("kind", "")), str(target.get("name", "")))
        return [], [workload] if workload is not None else []
    if obj["kind"] == "PersistentVolumeClaim":
        users = [p for p in lists.of("Pod") if o.name(obj) in extract_references.claims_of(p)]
        users += [w for kind in CONTROLLERS for w in lists.of(kind) if o.name(obj) in _claims_of_template(w)]
        roots = {id(root): root for root in (top(x, lists) for x in users)}
        return [], list(roots.values())[:BEHIND_A_SERVICE]
    if obj["kind"] in _RESTRAINS:
        return [], _restrained_workloads(obj, lists)[:BEHIND_A_SERVICE]
    if obj["kind"] not in ("Service", "Ingress"):
        return [], [top(obj, lists)]
    services = [obj] if obj["kind"] == "Service" else extract_traffic.services_of(obj, lists)
    by_key: dict[tuple[str, str], Obj] = {}
    for service in services:
        namesakes = [lists.by_name(kind, o.name(service)) for kind in CONTROLLERS]
        for root in behind(service, lists) or [n for n in namesakes if n is not None][:1]:
            by_key.setdefault((root["kind"], o.name(root)), root)
    return services, list(by_key.values())[:BEHIND_A_SERVICE]


def _restrained_workloads(obj: Obj, lists: Lists) -> list[Obj]:
    """The workloads that a budget guards; of those under a quota the ones that lack pods."""
    if obj["kind"] == "PodDisruptionBudget":
        selector = o.spec(obj).get("selector")
        under = [*selection.pods(selector, lists), *selection.workloads(selector, lists)]
    else:
        under = [w for kind in CONTROLLERS for w in lists.of(kind) if extract_guards.lacks_pods(w, lists.about(w))]
    roots = {id(root): root for root in (top(x, lists) for x in under)}
    return list(roots.values())


def _pods_of(root: Obj, lists: Lists) -> list[Obj]:
    return [pod for pod in lists.of("Pod") if top(pod, lists) is root]


def _claims_of_template(workload: Obj) -> set[str]:
    return extract_references.claims_of(o.template(workload))
