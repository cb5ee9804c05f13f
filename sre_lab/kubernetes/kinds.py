"""Which kinds the API serves: group, version, plural, short names, verbs and subresources of each.

Facts of Kubernetes 1.32. Discovery, routing, Tables and error texts all read this one list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
READ_VERBS = ("get", "list")
STATUS_VERBS = ("get", "patch", "update")


@dataclass(frozen=True)
class ApiSubresource:
    """What hangs below an object: its own kind (in its own group where that differs) and verbs."""

    name: str
    kind: str
    verbs: tuple[str, ...] = STATUS_VERBS
    group: str = ""
    version: str = ""


@dataclass(frozen=True)
class ApiResource:
    """One served kind in one version."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    short: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ALL_VERBS
    subresources: tuple[ApiSubresource, ...] = ()

    @property
    def singular(self) -> str:
        return self.kind.lower() if self.kind != "Endpoints" else "endpoints"

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """`pods`, `deployments.apps`: how error texts name it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def qualified_kind(self) -> str:
        return f"{self.kind}.{self.group}" if self.group else self.kind

    def subresource(self, name: str) -> ApiSubresource | None:
        return next((s for s in self.subresources if s.name == name), None)

    @property
    def has_status(self) -> bool:
        return self.subresource("status") is not None


# plural, kind, scope (n: namespaced, c: cluster), short names, marks (a: category all, e: category api-extensions,
# s: status, S: scale, r: only created, R: only read)
_CORE = """
bindings Binding n - r
componentstatuses ComponentStatus c cs R
configmaps ConfigMap n cm -
endpoints Endpoints n ep -
events Event n ev -
limitranges LimitRange n limits -
namespaces Namespace c ns s
nodes Node c no s
persistentvolumeclaims PersistentVolumeClaim n pvc s
persistentvolumes PersistentVolume c pv s
pods Pod n po as
podtemplates PodTemplate n - -
replicationcontrollers ReplicationController n rc asS
resourcequotas ResourceQuota n quota s
secrets Secret n - -
serviceaccounts ServiceAccount n sa -
services Service n svc as
"""
_GROUPS = {
    "apiregistration.k8s.io/v1": "apiservices APIService c - es",
    "apps/v1": """
controllerrevisions ControllerRevision n - -
daemonsets DaemonSet n ds as
deployments Deployment n deploy asS
replicasets ReplicaSet n rs asS
statefulsets StatefulSet n sts asS
""",
    "events.k8s.io/v1": "events Event n ev -",
    "authentication.k8s.io/v1": """
selfsubjectreviews SelfSubjectReview c - r
tokenreviews TokenReview c - r
""",
    "authorization.k8s.io/v1": """
localsubjectaccessreviews LocalSubjectAccessReview n - r
selfsubjectaccessreviews SelfSubjectAccessReview c - r
selfsubjectrulesreviews SelfSubjectRulesReview c - r
subjectaccessreviews SubjectAccessReview c - r
""",
    "autoscaling/v2": "horizontalpodautoscalers HorizontalPodAutoscaler n hpa as",
    "autoscaling/v1": "horizontalpodautoscalers HorizontalPodAutoscaler n hpa as",
    "batch/v1": """
cronjobs CronJob n cj as
jobs Job n - as
""",
    "certificates.k8s.io/v1": "certificatesigningrequests CertificateSigningRequest c csr s",
    "networking.k8s.io/v1": """
ingressclasses IngressClass c - -
ingresses Ingress n ing s
networkpolicies NetworkPolicy n netpol -
""",
    "policy/v1": "poddisruptionbudgets PodDisruptionBudget n pdb s",
    "rbac.authorization.k8s.io/v1": """
clusterrolebindings ClusterRoleBinding c - -
clusterroles ClusterRole c - -
rolebindings RoleBinding n - -
roles Role n - -
""",
    "storage.k8s.io/v1": """
csidrivers CSIDriver c - -
csinodes CSINode c - -
csistoragecapacities CSIStorageCapacity n - -
storageclasses StorageClass c sc -
volumeattachments VolumeAttachment c - s
""",
    "admissionregistration.k8s.io/v1": """
mutatingwebhookconfigurations MutatingWebhookConfiguration c - e
validatingadmissionpolicies ValidatingAdmissionPolicy c - es
validatingadmissionpolicybindings ValidatingAdmissionPolicyBinding c - e
validatingwebhookconfigurations ValidatingWebhookConfiguration c - e
""",
    "apiextensions.k8s.io/v1": "customresourcedefinitions CustomResourceDefinition c crd,crds es",
    "scheduling.k8s.io/v1": "priorityclasses PriorityClass c pc -",
    "coordination.k8s.io/v1": "leases Lease n - -",
    "node.k8s.io/v1": "runtimeclasses RuntimeClass c - -",
    "discovery.k8s.io/v1": "endpointslices EndpointSlice n - -",
    "flowcontrol.apiserver.k8s.io/v1": """
flowschemas FlowSchema c - s
prioritylevelconfigurations PriorityLevelConfiguration c - s
""",
}
METRICS = "metrics.k8s.io"
_PROXY_VERBS = ("create", "delete", "get", "patch", "update")
_POD_SUBRESOURCES = (
    ApiSubresource("attach", "PodAttachOptions", ("create", "get")),
    ApiSubresource("binding", "Binding", ("create",)),
    ApiSubresource("ephemeralcontainers", "Pod"),
    ApiSubresource("eviction", "Eviction", ("create",), "policy", "v1"),
    ApiSubresource("exec", "PodExecOptions", ("create", "get")),
    ApiSubresource("log", "Pod", ("get",)),
    ApiSubresource("portforward", "PodPortForwardOptions", ("create", "get")),
    ApiSubresource("proxy", "PodProxyOptions", _PROXY_VERBS),
)


@cache
def resources() -> tuple[ApiResource, ...]:
    """Every served resource, in the order in which discovery lists them."""
    rows = list(_read("", "v1", _CORE))
    for group_version, table in _GROUPS.items():
        group, version = group_version.split("/")
        rows += _read(group, version, table)
    rows.append(ApiResource(METRICS, "v1beta1", "nodes", "NodeMetrics", False, verbs=READ_VERBS))
    rows.append(ApiResource(METRICS, "v1beta1", "pods", "PodMetrics", verbs=READ_VERBS))
    return tuple(rows)


def _read(group: str, version: str, table: str) -> Iterator[ApiResource]:
    for line in table.strip().splitlines():
        plural, kind, scope, short, marks = line.split()
        subresources = list(_POD_SUBRESOURCES) if kind == "Pod" else []
        if kind == "ServiceAccount":
            subresources.append(ApiSubresource("token", "TokenRequest", ("create",), "authentication.k8s.io", "v1"))
        if "S" in marks:
            subresources.append(ApiSubresource("scale", "Scale", STATUS_VERBS, "autoscaling", "v1"))
        if "s" in marks:
            subresources.append(ApiSubresource("status", kind))
        if kind in ("Node", "Service"):
            subresources.append(ApiSubresource("proxy", f"{kind}ProxyOptions", _PROXY_VERBS))
        if kind == "CertificateSigningRequest":
            subresources.append(ApiSubresource("approval", kind))
        if kind == "Namespace":
            subresources.append(ApiSubresource("finalize", kind, ("update",)))
        yield ApiResource(
            group,
            version,
            plural,
            kind,
            scope == "n",
            () if short == "-" else tuple(short.split(",")),
            ("all",) if "a" in marks else ("api-extensions",) if "e" in marks else (),
            ("create",) if "r" in marks else READ_VERBS if "R" in marks else ALL_VERBS,
            tuple(subresources),
        )


@cache
def _by_path() -> dict[tuple[str, str, str], ApiResource]:
    return {(r.group, r.version, r.plural): r for r in resources()}


def find(group: str, version: str, plural: str) -> ApiResource | None:
    return _by_path().get((group, version, plural))


def has_group(group: str, version: str = "") -> bool:
    return any(r.group == group and (not version or r.version == version) for r in resources())


@cache
def _by_kind() -> dict[str, ApiResource]:
    return {r.kind: r for r in reversed(resources())}


def of_kind(kind: str) -> ApiResource:
    """The resource in which objects of a kind are stored; LookupError names kinds that are not served."""
    resource = _by_kind().get(kind)
    if resource is None:
        raise LookupError(f"The lab serves no kind {kind!r}; it serves {', '.join(sorted(_by_kind()))}.")
    return resource
