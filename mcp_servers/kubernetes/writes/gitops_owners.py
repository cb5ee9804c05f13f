"""Whether an object is declared elsewhere, so that a patch of it would be put back or drift from its source. Pure.

Tracking marks come first: Argo CD, Flux and Helm each leave their own. Field managers count where a mark was stripped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mcp_servers.contract.gitops_owner import Controller, GitOpsOwner
from mcp_servers.kubernetes.connection.client import Obj

_MARKS: Final[tuple[tuple[Controller, str, str], ...]] = (
    ("argocd", "annotations", "argocd.argoproj.io/tracking-id"),
    ("argocd", "labels", "argocd.argoproj.io/instance"),
    ("flux", "labels", "kustomize.toolkit.fluxcd.io/name"),
    ("flux", "labels", "helm.toolkit.fluxcd.io/name"),
    ("helm", "annotations", "meta.helm.sh/release-name"),
)
_MANAGERS: Final[Mapping[str, Controller]] = {
    "argocd-controller": "argocd",
    "argocd-application-controller": "argocd",
    "kustomize-controller": "flux",
    "helm-controller": "flux",
    "helm": "helm",
}
_OF_KUBERNETES: Final = ("apps", "batch", "v1", "autoscaling")  # groups whose own objects make others


def gitops_owner(obj: Obj) -> GitOpsOwner | None:
    """Who declares an object as read; None where nothing says that anybody does."""
    meta = obj.get("metadata") or {}
    for controller, part, key in _MARKS:
        if value := str((meta.get(part) or {}).get(key) or ""):
            return GitOpsOwner(controller=controller, name=value.partition(":")[0], evidence=key)
    if (meta.get("labels") or {}).get("app.kubernetes.io/managed-by") == "Helm":
        name = str(meta["labels"].get("app.kubernetes.io/instance") or "")
        return GitOpsOwner(controller="helm", name=name, evidence="app.kubernetes.io/managed-by")
    return _operator(meta) or _field_manager(meta)


def _operator(meta: Mapping[str, Any]) -> GitOpsOwner | None:
    """The object of another kind than Kubernetes' own that made this one."""
    for reference in meta.get("ownerReferences") or []:
        group = str(reference.get("apiVersion") or "").partition("/")[0]
        if reference.get("controller") and group not in _OF_KUBERNETES:
            name = f"{reference.get('kind')}/{reference.get('name')}"
            return GitOpsOwner(controller="operator", name=name, evidence="ownerReferences")
    return None


def _field_manager(meta: Mapping[str, Any]) -> GitOpsOwner | None:
    for entry in meta.get("managedFields") or []:
        controller = _MANAGERS.get(str(entry.get("manager") or ""))
        if controller is not None and not entry.get("subresource"):
            return GitOpsOwner(controller=controller, evidence=f"managedFields: {entry['manager']}")
    return None
