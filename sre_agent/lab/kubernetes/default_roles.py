"""The ClusterRoles that every cluster has for people and programs: cluster-admin, admin, edit and view."""

from __future__ import annotations

from typing import Any

from sre_agent.lab.kubernetes.identity import MASTERS

Obj = dict[str, Any]
READ = ["get", "list", "watch"]
WRITE = ["create", "delete", "deletecollection", "patch", "update"]
BOOTSTRAP = {"kubernetes.io/bootstrapping": "rbac-defaults"}
_WORKLOADS = {
    "": (
        "configmaps endpoints persistentvolumeclaims pods replicationcontrollers replicationcontrollers/scale "
        "serviceaccounts services"
    ),
    "apps": ("daemonsets deployments deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale"),
    "autoscaling": "horizontalpodautoscalers",
    "batch": "cronjobs jobs",
    "networking.k8s.io": "ingresses networkpolicies",
    "policy": "poddisruptionbudgets",
}
_SEEN = {
    "": (
        "bindings events limitranges namespaces namespaces/status persistentvolumeclaims/status pods/log pods/status "
        "replicationcontrollers/status resourcequotas resourcequotas/status services/status"
    ),
    "apps": "controllerrevisions daemonsets/status deployments/status replicasets/status statefulsets/status",
    "autoscaling": "horizontalpodautoscalers/status",
    "batch": "cronjobs/status jobs/status",
    "discovery.k8s.io": "endpointslices",
    "networking.k8s.io": "ingresses/status",
    "policy": "poddisruptionbudgets/status",
    "metrics.k8s.io": "pods nodes",
}
_ENTERED = {"": "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy"}
_RIGHTS = {"rbac.authorization.k8s.io": "rolebindings roles"}


def default_roles() -> list[Obj]:
    """The roles, and the binding that makes the masters' group the cluster's administrators."""
    view = _rules(_WORKLOADS, READ) + _rules(_SEEN, READ)
    evict = _rule("", "pods/eviction", ["create"])
    edit = [*view, *_rules(_WORKLOADS, WRITE), *_rules(_ENTERED, READ + WRITE), evict]
    admin = [*edit, *_rules(_RIGHTS, READ + WRITE)]
    everything = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}, {"nonResourceURLs": ["*"], "verbs": ["*"]}]
    roles = {"cluster-admin": everything, "admin": admin, "edit": edit, "view": view}
    return [_object("ClusterRole", name, rules=rules) for name, rules in roles.items()] + [
        _object(
            "ClusterRoleBinding",
            "cluster-admin",
            roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            subjects=[{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": MASTERS}],
        )
    ]


def _object(kind: str, name: str, **fields: Any) -> Obj:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": kind,
        "metadata": {"name": name, "labels": dict(BOOTSTRAP)},
        **fields,
    }


def _rules(table: dict[str, str], verbs: list[str]) -> list[Obj]:
    return [_rule(group, resources, verbs) for group, resources in table.items()]


def _rule(group: str, resources: str, verbs: list[str]) -> Obj:
    return {"apiGroups": [group], "resources": resources.split(), "verbs": list(verbs)}
