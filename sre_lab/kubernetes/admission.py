"""What happens to a new object between its defaults and the store: it is completed, limited, counted, or refused."""

from __future__ import annotations

from typing import Any

from sre_lab.kubernetes import deletion, limits, pod_references, pod_security, quota, webhooks
from sre_lab.kubernetes.defaults import first_status
from sre_lab.kubernetes.kinds import of_kind
from sre_lab.kubernetes.statuses import invalid
from sre_lab.kubernetes.validation import causes
from sre_lab.world import World

Obj = dict[str, Any]
PROTECTED = {"PersistentVolumeClaim": "kubernetes.io/pvc-protection", "PersistentVolume": "kubernetes.io/pv-protection"}


class AdmissionError(Exception):
    """The object may not exist; the message is the API's, `code`, `reason` and `causes` are those of its Status."""

    def __init__(
        self, message: str, code: int = 403, reason: str = "Forbidden", causes: list[Obj] | None = None
    ) -> None:
        super().__init__(message)
        self.causes = causes or []
        self.code = code
        self.reason = reason


def admit(world: World, obj: Obj) -> None:
    """Complete a new object, already with its defaults and named, in place. AdmissionError when it is refused."""
    _respect_end(world, obj)
    if obj["kind"] in PROTECTED:
        _protect(obj, PROTECTED[obj["kind"]])
    is_pod = obj["kind"] == "Pod"
    if is_pod:
        limits.fill_in(world, obj)
        if problem := pod_references.resolve(world, obj):
            meta = obj["metadata"]  # the name that is made of generateName comes after this
            raise _forbidden(obj, meta.get("generateName") or meta.get("name", ""), problem)
        obj["status"] = first_status(obj)
    _mutate(world, obj, "CREATE")
    problem = limits.problem(world, obj) or (pod_security.refusal(world, obj) if is_pod else "")
    if not problem:
        _validate(world, obj, "CREATE")
        problem = quota.problem(world, obj)
    if problem:
        meta = obj["metadata"]
        raise _forbidden(obj, meta.get("name") or meta.get("generateName", ""), problem)


def _forbidden(obj: Obj, name: str, problem: str, causes: list[Obj] | None = None) -> AdmissionError:
    text = f'{of_kind(obj["kind"]).qualified} "{name}" is forbidden: {problem}'
    return AdmissionError(text, causes=causes)


def _respect_end(world: World, obj: Obj) -> None:
    """Nothing new comes into a namespace that is on its way out."""
    problem = deletion.closing_reason(world, obj)
    if problem:
        meta = obj["metadata"]
        name = meta.get("name") or meta.get("generateName", "")
        message = f"namespace {meta['namespace']} is being terminated"
        cause = {"reason": "NamespaceTerminating", "message": message, "field": "metadata.namespace"}
        raise _forbidden(obj, name, problem, [cause])


def admit_change(world: World, obj: Obj) -> None:
    """Let the webhooks have their say about a changed object, in place. AdmissionError when one refuses."""
    _mutate(world, obj, "UPDATE")
    _validate(world, obj, "UPDATE")


def admit_deletion(world: World, obj: Obj) -> None:
    """AdmissionError when a webhook does not let the object go."""
    _validate(world, obj, "DELETE")


def _mutate(world: World, obj: Obj, operation: str) -> None:
    try:
        changed = webhooks.mutate(world, obj, operation)
    except (webhooks.WebhookCallError, webhooks.WebhookDeniedError) as problem:
        raise _refusal(problem) from None
    if changed is not obj:
        if wrong := causes(changed):
            status_error = invalid(of_kind(obj["kind"]), changed["metadata"].get("name", ""), wrong)
            raise AdmissionError(str(status_error), status_error.code, "Invalid")
        obj.update(changed)
        if obj["kind"] == "Pod" and operation == "CREATE":
            obj["status"] = first_status(obj)


def _validate(world: World, obj: Obj, operation: str) -> None:
    try:
        webhooks.validate(world, obj, operation)
    except (webhooks.WebhookCallError, webhooks.WebhookDeniedError) as problem:
        raise _refusal(problem) from None


def _refusal(problem: Exception) -> AdmissionError:
    if isinstance(problem, webhooks.WebhookCallError):
        return AdmissionError(str(problem), 500, "InternalError")
    return AdmissionError(str(problem))


def _protect(obj: Obj, finalizer: str) -> None:
    finalizers = obj["metadata"].setdefault("finalizers", [])
    if finalizer not in finalizers:
        finalizers.append(finalizer)
