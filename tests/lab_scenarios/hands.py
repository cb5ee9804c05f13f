"""Carries out a remedy's steps with the real clients."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from kubernetes.client import ApiException

from sre_lab.scenario.conditions import ObjectReference
from sre_lab.scenario.faults import Fault
from sre_lab.scenario.remedies import (
    AutomationStep,
    AwsCallStep,
    DeleteStep,
    ObjectSelection,
    PatchStep,
    RemedyStep,
    RollbackStep,
    ScaleStep,
    ScenarioRemedy,
)
from sre_lab.scenario.schema import one_form
from tests.lab_scenarios.eyes import fetch
from tests.lab_scenarios.stage import Stage

CONTENT = {
    "strategic": "application/strategic-merge-patch+json",
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
}
REVISION = "deployment.kubernetes.io/revision"
RETRY, PATIENCE = 5.0, 60.0  # seconds of the lab's time between two evictions of one pod, and until kubectl gives up
Obj = dict[str, Any]


class RefusedError(Exception):
    """An API did not accept a step; its words."""


def carry_out(stage: Stage, remedy: ScenarioRemedy) -> None:
    """All steps in order. RefusedError with the words of the API that did not accept one."""
    for step in remedy.steps:
        form = one_form(step)
        try:
            DEEDS[form](stage, getattr(step, form))
        except (ApiException, ClientError) as refusal:
            assert getattr(refusal, "status", 0) != 404, f"{remedy.says}: {form} names what does not exist: {refusal}"
            raise RefusedError(f"{form}: {refusal}") from refusal


def _patch(stage: Stage, step: PatchStep) -> None:
    resource = stage.kind(step.kind)
    if step.subresource:
        resource = resource.subresources[step.subresource]
    content = CONTENT[step.type]
    resource.patch(name=step.name, namespace=step.namespace or None, body=step.patch, content_type=content)


def _undo(stage: Stage, step: RollbackStep) -> None:
    """As kubectl: the template of an earlier ReplicaSet, or the data of an earlier ControllerRevision."""
    revisions = _revisions(stage, step)
    if step.to_revision is None and len(revisions) < 2:
        raise RefusedError("no rollout history found")
    choice = revisions[sorted(revisions)[-2] if step.to_revision is None else step.to_revision]
    if step.kind == "Deployment":
        template = choice["spec"]["template"]
        template["metadata"].get("labels", {}).pop("pod-template-hash", None)
        body: Any = [{"op": "replace", "path": "/spec/template", "value": template}]
        content = CONTENT["json"]
    else:
        body, content = choice["data"], CONTENT["strategic"]
    stage.kind(step.kind).patch(name=step.name, namespace=step.namespace, body=body, content_type=content)


def _revisions(stage: Stage, step: RollbackStep) -> dict[int, Obj]:
    """The recorded revisions of a workload by number."""
    uid = _there(stage, step)["metadata"]["uid"]
    kind = "ReplicaSet" if step.kind == "Deployment" else "ControllerRevision"
    results = [one.to_dict() for one in stage.kind(kind).get(namespace=step.namespace).items]
    owned = [one for one in results if uid in [o["uid"] for o in one["metadata"].get("ownerReferences") or []]]
    return {int((one["metadata"].get("annotations") or {}).get(REVISION) or one["revision"]): one for one in owned}


def _restart(stage: Stage, reference: ObjectReference) -> None:
    stamp = datetime.fromtimestamp(stage.now(), UTC).isoformat()
    template = {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": stamp}}}
    body = {"spec": {"template": template}}
    resource = stage.kind(reference.kind)
    resource.patch(name=reference.name, namespace=reference.namespace, body=body, content_type=CONTENT["strategic"])


def _scale(stage: Stage, step: ScaleStep) -> None:
    body = {"spec": {"replicas": step.replicas}}
    resource = stage.kind(step.kind).subresources["scale"]
    resource.patch(name=step.name, namespace=step.namespace, body=body, content_type=CONTENT["merge"])


def _delete(stage: Stage, step: DeleteStep) -> None:
    body: Obj = {"propagationPolicy": step.cascade.capitalize()}
    if step.grace is not None:
        body["gracePeriodSeconds"] = step.grace
    for name in _names(stage, step):
        stage.kind(step.kind).delete(name=name, namespace=step.namespace or None, body=body)


def _evict(stage: Stage, selection: ObjectSelection) -> None:
    for name in _names(stage, selection):
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
        stage.core.create_namespaced_pod_eviction(name, selection.namespace, body)


def _names(stage: Stage, selection: ObjectSelection) -> list[str]:
    if selection.name:
        return [selection.name]
    selector = ",".join(f"{key}={value}" for key, value in selection.labels.items())
    items = stage.kind(selection.kind).get(namespace=selection.namespace or None, label_selector=selector).items
    return [one.metadata.name for one in items]


def _apply(stage: Stage, manifest: Obj) -> None:
    """As `kubectl apply` of an object that nobody else applies: create it, or merge the manifest into it."""
    meta = manifest["metadata"]
    object_reference = ObjectReference(kind=manifest["kind"], namespace=meta.get("namespace", ""), name=meta["name"])
    resource = stage.kind(object_reference.kind)
    where: Obj = {"namespace": object_reference.namespace or None, "body": manifest}
    if fetch(stage, object_reference) is None:
        resource.create(**where)
    else:
        resource.patch(name=object_reference.name, content_type=CONTENT["merge"], **where)


def _cordon(stage: Stage, node: str) -> None:
    stage.core.patch_node(node, {"spec": {"unschedulable": True}})


def _uncordon(stage: Stage, node: str) -> None:
    stage.core.patch_node(node, {"spec": {"unschedulable": None}})


def _drain(stage: Stage, node: str) -> None:
    """As `kubectl drain --ignore-daemonsets --delete-emptydir-data --timeout=60s`."""
    _cordon(stage, node)
    left = stage.core.list_pod_for_all_namespaces(field_selector=f"spec.nodeName={node}").items
    for pod in left:
        owners = [owner.kind for owner in pod.metadata.owner_references or []]
        if "DaemonSet" not in owners:
            _evict_patiently(stage, pod.metadata.namespace, pod.metadata.name)


def _evict_patiently(stage: Stage, namespace: str, name: str) -> None:
    elapsed = 0.0
    while True:
        try:
            return _evict(stage, ObjectSelection(namespace=namespace, name=name))
        except ApiException as refusal:
            if refusal.status == 404:
                return
            if refusal.status != 429 or elapsed >= PATIENCE:
                raise
        stage.pass_time(RETRY)
        elapsed += RETRY


def _aws(stage: Stage, step: AwsCallStep) -> None:
    getattr(stage.aws(step.service), step.operation)(**step.parameters)


def _automation(stage: Stage, step: AutomationStep) -> None:
    ssm = stage.aws("ssm")
    started = ssm.start_automation_execution(DocumentName=step.document, Parameters=step.parameters)
    for _ in range(60):
        result = ssm.get_automation_execution(AutomationExecutionId=started["AutomationExecutionId"])
        execution = result["AutomationExecution"]
        if execution["AutomationExecutionStatus"] not in ("Pending", "InProgress"):
            break
        stage.pass_time(5)
    if execution["AutomationExecutionStatus"] != "Success":
        raise RefusedError(f"{step.document} ended {json.dumps(execution, default=str)}")


def _owner(stage: Stage, fault: Fault) -> None:
    stage.control.befall(fault.model_dump(mode="json", exclude_unset=True, exclude={"at"}))


def _there(stage: Stage, reference: ObjectReference) -> Obj:
    result = fetch(stage, reference)
    if result is None:
        raise RefusedError(f"{reference.kind} {reference.namespace}/{reference.name} is not there")
    return result


def _wait(stage: Stage, seconds: float) -> None:
    stage.pass_time(seconds)


DEEDS: dict[str, Any] = {
    "patch": _patch,
    "undo": _undo,
    "restart": _restart,
    "scale": _scale,
    "delete": _delete,
    "evict": _evict,
    "apply": _apply,
    "cordon": _cordon,
    "uncordon": _uncordon,
    "drain": _drain,
    "aws": _aws,
    "automation": _automation,
    "wait": _wait,
    "owner": _owner,
}
assert set(DEEDS) == set(RemedyStep.model_fields)
