"""The ClusterRoles that every cluster has for people and programs: cluster-admin, admin, edit and view."""

from __future__ import annotations

from typing import Any

from sre_lab.kubernetes.identity import MASTERS

Obj = dict[str, Any]
READ = ["get", "list", "watch"]
WRITE = ["create", "delete", "deletecollection", "patch", "update"]
BOOTSTRAP = {"kubernetes.io/bootstrapping": "rbac-defaults"}
# (group, resources) of each rule that `view` has, in the order in which a real cluster lists them.
_SHOWN = (
    (
        "",
        "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers "
        "replicationcontrollers/scale serviceaccounts services services/status",
    ),
    (
        "",
        "bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status "
        "resourcequotas resourcequotas/status",
    ),
    ("", "namespaces"),
    ("discovery.k8s.io", "endpointslices"),
    (
        "apps",
        "controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets "
        "replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status",
    ),
    ("autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"),
    ("batch", "cronjobs cronjobs/status jobs jobs/status"),
    (
        "extensions",
        "daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status "
        "networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale",
    ),
    ("policy", "poddisruptionbudgets poddisruptionbudgets/status"),
    ("networking.k8s.io", "ingresses ingresses/status networkpolicies"),
)
_MEASURED = ("metrics.k8s.io", "pods nodes")
_CHANGED = (
    (
        "",
        "configmaps events persistentvolumeclaims pods replicationcontrollers replicationcontrollers/scale secrets "
        "serviceaccounts services services/proxy",
    ),
    ("", "pods/attach pods/exec pods/portforward pods/proxy"),
    (
        "apps",
        "daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets "
        "statefulsets/scale",
    ),
    ("autoscaling", "horizontalpodautoscalers"),
    ("batch", "cronjobs jobs"),
    ("policy", "poddisruptionbudgets"),
    ("networking.k8s.io", "ingresses networkpolicies"),
)
_ENTERED = ("", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy")
_RIGHTS = ("rbac.authorization.k8s.io", "rolebindings roles")


def default_roles() -> list[Obj]:
    """The roles, and the binding that makes the masters' group the cluster's administrators."""
    view = [_rule(*row, READ) for row in _SHOWN]
    evict = _rule("", "pods/eviction serviceaccounts/token", ["create"])
    edit = [*view, _rule(*_ENTERED, READ), *(_rule(*row, WRITE) for row in _CHANGED), evict]
    admin = [
        *edit,
        _rule(*_RIGHTS, READ + WRITE),
        _rule("authorization.k8s.io", "localsubjectaccessreviews", ["create"]),
    ]
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


def _rule(group: str, resources: str, verbs: list[str]) -> Obj:
    return {"apiGroups": [group], "resources": resources.split(), "verbs": list(verbs)}
