"""What a kind's fields are and what Go calls their types: the fields are those of its protobuf message.

An API server reads an object into Go structs. What it finds wrong with a value it says in the names of these types.
"""

from __future__ import annotations

from functools import cache

from sre_lab.kubernetes.kinds import ApiResource
from sre_lab.kubernetes.protobuf import MessageField, message_of, messages

QUANTITY, INT_OR_STRING = "resource.Quantity", "intstr.IntOrString"
TIMES = ("meta.v1.Time", "meta.v1.MicroTime")
# Whatever JSON stands there is kept as it is.
OPAQUE = {
    *("runtime.RawExtension", "meta.v1.FieldsV1", "apiextensions.v1.JSONSchemaProps", "apiextensions.v1.JSON"),
    *("authentication.v1.ExtraValue", "authorization.v1.ExtraValue", "certificates.v1.ExtraValue"),
}
_META = "meta.v1.ObjectMeta"
_UNTYPED = ("PodTemplateSpec", "JobTemplateSpec", "PersistentVolumeClaimTemplate")
_LONG = {
    *("generation", "observedGeneration", "deletionGracePeriodSeconds", "terminationGracePeriodSeconds"),
    *("activeDeadlineSeconds", "runAsUser", "runAsGroup", "fsGroup", "supplementalGroups", "tolerationSeconds"),
    *("startingDeadlineSeconds", "revision", "sizeBytes", "gracePeriodSeconds"),
}
_LONG_IN = {"ServiceAccountTokenProjection.expirationSeconds", "TokenRequestSpec.expirationSeconds"}
# Texts that are a type of their own, by struct and field; `*` is any struct.
_NAMED: dict[str, str] = {
    "*.uid": "types.UID",
    "*.imagePullPolicy": "v1.PullPolicy",
    "*.terminationMessagePolicy": "v1.TerminationMessagePolicy",
    "*.protocol": "v1.Protocol",
    "*.volumeMode": "v1.PersistentVolumeMode",
    "*.accessModes": "v1.PersistentVolumeAccessMode",
    "Capabilities.add": "v1.Capability",
    "Capabilities.drop": "v1.Capability",
    "Container.restartPolicy": "v1.ContainerRestartPolicy",
    "CronJobSpec.concurrencyPolicy": "v1.ConcurrencyPolicy",
    "DaemonSetUpdateStrategy.type": "v1.DaemonSetUpdateStrategyType",
    "DeploymentStrategy.type": "v1.DeploymentStrategyType",
    "EmptyDirVolumeSource.medium": "v1.StorageMedium",
    "HTTPGetAction.scheme": "v1.URIScheme",
    "HTTPIngressPath.pathType": "v1.PathType",
    "HostPathVolumeSource.type": "v1.HostPathType",
    "JobSpec.completionMode": "v1.CompletionMode",
    "LabelSelectorRequirement.operator": "v1.LabelSelectorOperator",
    "LimitRangeItem.type": "v1.LimitType",
    "MetricSpec.type": "v2.MetricSourceType",
    "MetricTarget.type": "v2.MetricTargetType",
    "NetworkPolicySpec.policyTypes": "v1.PolicyType",
    "NodeSelectorRequirement.operator": "v1.NodeSelectorOperator",
    "PersistentVolumeSpec.persistentVolumeReclaimPolicy": "v1.PersistentVolumeReclaimPolicy",
    "PodSpec.dnsPolicy": "v1.DNSPolicy",
    "PodSpec.preemptionPolicy": "v1.PreemptionPolicy",
    "PodSpec.restartPolicy": "v1.RestartPolicy",
    "SeccompProfile.type": "v1.SeccompProfileType",
    "Secret.type": "v1.SecretType",
    "ServiceSpec.externalTrafficPolicy": "v1.ServiceExternalTrafficPolicy",
    "ServiceSpec.internalTrafficPolicy": "v1.ServiceInternalTrafficPolicy",
    "ServiceSpec.ipFamilies": "v1.IPFamily",
    "ServiceSpec.ipFamilyPolicy": "v1.IPFamilyPolicy",
    "ServiceSpec.sessionAffinity": "v1.ServiceAffinity",
    "ServiceSpec.type": "v1.ServiceType",
    "StatefulSetSpec.podManagementPolicy": "v1.PodManagementPolicyType",
    "StatefulSetUpdateStrategy.type": "v1.StatefulSetUpdateStrategyType",
    "Taint.effect": "v1.TaintEffect",
    "Toleration.effect": "v1.TaintEffect",
    "Toleration.operator": "v1.TolerationOperator",
    "TopologySpreadConstraint.whenUnsatisfiable": "v1.UnsatisfiableConstraintAction",
}
NAMED_TEXTS = frozenset(_NAMED.values())
_SCALARS = {"s": "string", "b": "bool", "d": "float64", "y": "[]uint8"}


def message(resource: ApiResource) -> str | None:
    """The struct of a kind; None for kinds whose fields are not known, which take whatever they are given."""
    return message_of(resource.api_version, resource.kind)


@cache
def fields(struct: str) -> dict[str, MessageField]:
    """JSON name -> field, inlined structs included."""
    by_name: dict[str, MessageField] = {}
    for field in messages()[struct].values():
        if field.mark == "^":
            by_name |= fields(field.type)
        else:
            by_name[field.name] = field
    if struct == _META:
        by_name["managedFields"] = MessageField("managedFields", "", "meta.v1.FieldsV1")
    if by_name.get("metadata", MessageField("", "", "")).type == _META and name(struct) not in _UNTYPED:
        by_name |= {part: MessageField(part, "", "s") for part in ("apiVersion", "kind")}
    return by_name


def name(struct: str) -> str:
    """`PodSpec` of `core.v1.PodSpec`."""
    return struct.rpartition(".")[2]


@cache
def go_type(struct: str, field: MessageField, *, inner: bool = False) -> str:
    """What Go calls a field of `struct`; with `inner`, what it calls one element of it."""
    kind = _element(struct, field)
    if inner or field.mark not in ("*", "@"):
        return kind
    if field.mark == "*":
        return f"[]{kind}"
    return "v1.ResourceList" if kind == QUANTITY else f"map[string]{kind}"


def _element(struct: str, field: MessageField) -> str:
    if field.type == "i":
        place = f"{name(struct)}.{field.name}"
        return "int64" if field.name in _LONG or place in _LONG_IN else "int32"
    if field.type == "s":
        own = _NAMED.get(f"{name(struct)}.{field.name}") or _NAMED.get(f"*.{field.name}")
        return own or _SCALARS["s"]
    if field.type in _SCALARS:
        return _SCALARS[field.type]
    return ".".join(field.type.split(".")[-2:])
