"""What keeps a number of pods within bounds: an autoscaler's least and most, a budget for disruptions."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Any

from mcp_servers.contract.calls import digest
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.client import ClusterConnection, Obj
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.ownership import selects
from mcp_servers.kubernetes.writes.answers import WriteLocation
from mcp_servers.kubernetes.writes.change import BlastRadius, Change
from mcp_servers.kubernetes.writes.edits import Edit, EditWrite
from mcp_servers.kubernetes.writes.namespace_context import NamespaceContext
from mcp_servers.kubernetes.writes.numbers import numbers
from mcp_servers.kubernetes.writes.other_actors import other_actors
from mcp_servers.serving.errors import TeachingError


class _Bounds(EditWrite):
    """A write to an object that stands over pods and touches none of them itself."""

    def reach(self, before: Obj, after: Obj, change: Change, as_of: datetime) -> BlastRadius:
        beside = NamespaceContext(self._cluster, self._at.namespace)
        data = numbers(beside, [], [], [], as_of=as_of) | other_actors(beside, before, [], [])
        return BlastRadius(self.sentence(beside, before, after), beside.coverage, data)

    @abstractmethod
    def sentence(self, beside: NamespaceContext, before: Obj, after: Obj) -> str:
        """What it means for the pods."""

    @property
    def where(self) -> str:
        return f"{self._at.kind} {self._at.name} in namespace {self._at.namespace}"


class SetAutoscalerBounds(_Bounds):
    """Least and most replicas of a HorizontalPodAutoscaler."""

    tool = "kubectl_set_autoscaler_bounds"
    title = "Set the bounds of an autoscaler"

    def __init__(
        self,
        cluster: ClusterConnection,
        namespace: inputs.Permitted,
        name: inputs.AutoscalerName,
        min_replicas: inputs.BoundReplicas = None,
        max_replicas: inputs.BoundReplicas = None,
    ) -> None:
        """Set the least and most replicas between which an autoscaler chooses."""
        plural = "horizontalpodautoscalers"
        place = WriteLocation("HorizontalPodAutoscaler", plural, namespace, name, group="autoscaling", version="v2")
        super().__init__(cluster, place)
        bounds = {"min_replicas": ("minReplicas", min_replicas), "max_replicas": ("maxReplicas", max_replicas)}
        self._bounds = {argument: bound for argument, bound in bounds.items() if bound[1] is not None}
        if not self._bounds:
            raise TeachingError("bad_request", self.aim, "no value is given.", "Give min_replicas or max_replicas.")

    @property
    def aim(self) -> str:
        wishes = ", ".join(f"{argument} {number}" for argument, (_, number) in self._bounds.items())
        return f"set {wishes or 'nothing'} of {self._at.subject}"

    def edit(self, body: Obj) -> Edit:
        values = {f"/spec/{field}": number for field, number in self._bounds.values()}
        before = {argument: body["spec"].get(field, 1) for argument, (field, _) in self._bounds.items()}
        return Edit(values, before)

    def version(self, body: Obj) -> str:
        """It has no generation, and its status moves with each measurement."""
        return digest("spec", {"spec": body["spec"]})[:20]

    def sentence(self, beside: NamespaceContext, before: Obj, after: Obj) -> str:
        target = before["spec"].get("scaleTargetRef") or {}
        low, high = after["spec"].get("minReplicas", 1), after["spec"].get("maxReplicas")
        present = o.status(before).get("currentReplicas")
        now = "" if present is None else f", which has {present} now"
        what = f"{target.get('kind')} {target.get('name')}{now}"
        return f"{self.where} keeps {what}, between {low} and {high} replicas."


class SetDisruptionBudget(_Bounds):
    """How many pods a PodDisruptionBudget lets be evicted at a time."""

    tool = "kubectl_set_disruption_budget"
    title = "Set a disruption budget"

    def __init__(
        self,
        cluster: ClusterConnection,
        namespace: inputs.Permitted,
        name: inputs.BudgetName,
        min_available: inputs.PodsOrShare = "",
        max_unavailable: inputs.PodsOrShare = "",
    ) -> None:
        """Set how many pods of a budget have to stay (`min_available`) or may be away (`max_unavailable`); one of the
        two, which replaces the other.
        """
        place = WriteLocation("PodDisruptionBudget", "poddisruptionbudgets", namespace, name, group="policy")
        super().__init__(cluster, place)
        self._given = {"minAvailable": str(min_available), "maxUnavailable": str(max_unavailable)}
        if sum(bool(value) for value in self._given.values()) != 1:
            raise TeachingError("bad_request", self.aim, "one of min_available and max_unavailable has to be given.")
        for value in self._given.values():
            if value and not value.removesuffix("%").isdigit():
                raise TeachingError(
                    "bad_request", self.aim, f"{value!r} is no number of pods and no share in per cent."
                )

    @property
    def aim(self) -> str:
        wishes = ", ".join(f"{field} {value}" for field, value in self._given.items() if value)
        return f"set {wishes or 'nothing'} of {self._at.subject}"

    def edit(self, body: Obj) -> Edit:
        present = body["spec"]
        arguments = {"minAvailable": "min_available", "maxUnavailable": "max_unavailable"}
        before = {argument: str(present[field]) for field, argument in arguments.items() if field in present}
        values: dict[str, Any] = {
            f"/spec/{field}": (int(value) if value.isdigit() else value) if value else None
            for field, value in self._given.items()
        }
        return Edit(values, before)

    def sentence(self, beside: NamespaceContext, before: Obj, after: Obj) -> str:
        pods = beside.list("/api/v1", "pods", lambda p: selects(before["spec"].get("selector"), o.labels(p)))
        count = "its pods" if pods is None else f"its {len(pods)} pods" if len(pods) != 1 else "its one pod"
        rule = ", ".join(f"{field} {after['spec'][field]}" for field in self._given if field in after["spec"])
        return f"{self.where} covers {count} with {rule}; evictions and drains go by that, rollouts do not."
