"""Where each kind is served, and what people call it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.serving.errors import TeachingError

WORKLOADS: Final = ("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job")


@dataclass(frozen=True)
class ResourceType:
    """`group` is `""` for the core group; `base` is `/api/v1` or `/apis/group/version`."""

    kind: str
    plural: str
    base: str
    namespaced: bool = True
    short: tuple[str, ...] = ()

    def path(self, namespace: str = "", name: str = "") -> str:
        place = f"/namespaces/{namespace}" if namespace and self.namespaced else ""
        return f"{self.base}{place}/{self.plural}" + (f"/{name}" if name else "")

    @property
    def version(self) -> str:
        """The apiVersion of its objects."""
        return self.base.removeprefix("/apis/").removeprefix("/api/")

    @property
    def group(self) -> str:
        return self.base.split("/")[2] if self.base.startswith("/apis/") else ""


_CORE, _APPS, _BATCH = "/api/v1", "/apis/apps/v1", "/apis/batch/v1"
_ADMISSION, _RBAC = "/apis/admissionregistration.k8s.io/v1", "/apis/rbac.authorization.k8s.io/v1"
_KNOWN: Final = (
    ResourceType("Pod", "pods", _CORE, short=("po",)),
    ResourceType("Service", "services", _CORE, short=("svc",)),
    ResourceType("Endpoints", "endpoints", _CORE, short=("ep",)),
    ResourceType("Event", "events", _CORE, short=("ev",)),
    ResourceType("ConfigMap", "configmaps", _CORE, short=("cm",)),
    ResourceType("Secret", "secrets", _CORE),
    ResourceType("ServiceAccount", "serviceaccounts", _CORE, short=("sa",)),
    ResourceType("PersistentVolumeClaim", "persistentvolumeclaims", _CORE, short=("pvc",)),
    ResourceType("PersistentVolume", "persistentvolumes", _CORE, namespaced=False, short=("pv",)),
    ResourceType("ResourceQuota", "resourcequotas", _CORE, short=("quota",)),
    ResourceType("LimitRange", "limitranges", _CORE, short=("limits",)),
    ResourceType("Node", "nodes", _CORE, namespaced=False, short=("no",)),
    ResourceType("Namespace", "namespaces", _CORE, namespaced=False, short=("ns",)),
    ResourceType("Deployment", "deployments", _APPS, short=("deploy",)),
    ResourceType("StatefulSet", "statefulsets", _APPS, short=("sts",)),
    ResourceType("DaemonSet", "daemonsets", _APPS, short=("ds",)),
    ResourceType("ReplicaSet", "replicasets", _APPS, short=("rs",)),
    ResourceType("ControllerRevision", "controllerrevisions", _APPS),
    ResourceType("Job", "jobs", _BATCH),
    ResourceType("CronJob", "cronjobs", _BATCH, short=("cj",)),
    ResourceType("HorizontalPodAutoscaler", "horizontalpodautoscalers", "/apis/autoscaling/v2", short=("hpa",)),
    ResourceType("PodDisruptionBudget", "poddisruptionbudgets", "/apis/policy/v1", short=("pdb",)),
    ResourceType("Ingress", "ingresses", "/apis/networking.k8s.io/v1", short=("ing",)),
    ResourceType("NetworkPolicy", "networkpolicies", "/apis/networking.k8s.io/v1", short=("netpol",)),
    ResourceType("StorageClass", "storageclasses", "/apis/storage.k8s.io/v1", namespaced=False, short=("sc",)),
    ResourceType("EndpointSlice", "endpointslices", "/apis/discovery.k8s.io/v1"),
    ResourceType("IngressClass", "ingressclasses", "/apis/networking.k8s.io/v1", namespaced=False),
    ResourceType("PriorityClass", "priorityclasses", "/apis/scheduling.k8s.io/v1", namespaced=False, short=("pc",)),
    ResourceType("RuntimeClass", "runtimeclasses", "/apis/node.k8s.io/v1", namespaced=False),
    ResourceType("ValidatingWebhookConfiguration", "validatingwebhookconfigurations", _ADMISSION, namespaced=False),
    ResourceType("MutatingWebhookConfiguration", "mutatingwebhookconfigurations", _ADMISSION, namespaced=False),
    ResourceType("Role", "roles", _RBAC),
    ResourceType("RoleBinding", "rolebindings", _RBAC),
    ResourceType("ClusterRole", "clusterroles", _RBAC, namespaced=False),
    ResourceType("Lease", "leases", "/apis/coordination.k8s.io/v1"),
    ResourceType("ClusterRoleBinding", "clusterrolebindings", _RBAC, namespaced=False),
)  # fmt: skip
KINDS: Final = {r.kind: r for r in _KNOWN}
_BY_WORD: Final = {word: r for r in _KNOWN for word in (r.kind.lower(), r.plural, *r.short)}


def built_in_kind(word: str) -> ResourceType | None:
    """The resource that a kind, plural or short name means, in any case; None when it is no built-in one."""
    return _BY_WORD.get(word.strip().lower().partition(".")[0])


def kind_of(word: str, among: tuple[str, ...]) -> str:
    """The kind meant by `word`, which has to be one of `among`; TeachingError otherwise. Empty stays empty."""
    if not word:
        return ""
    resource = built_in_kind(word)
    if resource is None or resource.kind not in among:
        raise TeachingError("bad_request", f"kind {word!r}", f"is not supported here. Supported: {', '.join(among)}.")
    return resource.kind


def any_resource(api: Api, word: str) -> ResourceType:
    """Any resource of the cluster, also a custom one, which discovery is asked for. TeachingError when none."""
    if (resource := built_in_kind(word)) is not None:
        return resource
    low, _, group = word.strip().lower().partition(".")
    groups = api.get("/apis", request="API groups").body.get("groups", [])
    for entry in groups:
        if group and not group.endswith(entry["name"]):
            continue
        base = f"/apis/{entry['preferredVersion']['groupVersion']}"
        for row in api.get(base, request=f"resources of {base}").body.get("resources", []):
            words = {row["name"], row["kind"].lower(), row.get("singularName"), *row.get("shortNames", [])}
            if low in words and "/" not in row["name"]:
                return ResourceType(row["kind"], row["name"], base, row["namespaced"])
    raise TeachingError("not_found", f"kind {word!r}", "the cluster does not serve this resource.", _offer())


def _offer() -> str:
    return f"Built-in kinds: {', '.join(sorted(KINDS))}."
