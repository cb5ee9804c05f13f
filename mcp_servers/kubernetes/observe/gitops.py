"""What GitOps controllers say of their own objects: Argo CD's Applications, Flux's Kustomizations and HelmReleases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj

ARGO: Final = ("Application",)
FLUX: Final = ("Kustomization", "HelmRelease", "GitRepository", "HelmRepository", "OCIRepository")


def observe(obj: Obj, scope: str) -> Iterator[Observation]:
    """That the object cannot be brought to what is declared; nothing of one that is well or of another group."""
    group = str(obj.get("apiVersion", "")).partition("/")[0]
    if obj.get("kind") in ARGO and group == "argoproj.io":
        yield from _argo(obj, scope)
    elif obj.get("kind") in FLUX and group.endswith(".fluxcd.io"):
        yield from _flux(obj, scope)


def _argo(obj: Obj, scope: str) -> Iterator[Observation]:
    status = o.status(obj)
    sync, health = status.get("sync") or {}, status.get("health") or {}
    operation = status.get("operationState") or {}
    messages = [str(c.get("message") or "") for c in status.get("conditions") or [] if "Error" in str(c.get("type"))]
    failed = operation.get("phase") in ("Failed", "Error") or bool(messages)
    if health.get("status") not in ("Degraded", "Missing") and not failed:
        return  # what only waits for somebody to sync it is no trouble
    message = (messages or [str(operation.get("message") or health.get("message") or "")])[0]
    attributes = {"sync": str(sync.get("status") or ""), "health": str(health.get("status") or "")}
    at = o.instant(operation.get("finishedAt") or operation.get("startedAt"))
    revision = str(sync.get("revision") or "")[:12]
    yield _observation(obj, scope, at, message, controller="argocd", revision=revision, failed=failed, **attributes)


def _flux(obj: Obj, scope: str) -> Iterator[Observation]:
    ready = o.condition(obj, "Ready")
    if ready.get("status") != "False":
        return
    status = o.status(obj)
    revision = str(status.get("lastAttemptedRevision") or status.get("lastAppliedRevision") or "")[-12:]
    at, reason = o.instant(ready.get("lastTransitionTime")), str(ready.get("reason") or "")
    failed = reason not in ("Progressing", "DependencyNotReady")
    message = str(ready.get("message") or "")
    yield _observation(
        obj, scope, at, message, controller="flux", sync=reason, health="", revision=revision, failed=failed
    )


def _observation(obj: Obj, scope: str, at: Any, message: str, **attributes: Any) -> Observation:
    return Observation(
        code="gitops.out_of_step",
        subject=o.subject(scope, obj),
        at=at,
        attributes={**attributes, "message": excerpt(message)},
        excerpt=excerpt(message),
    )
