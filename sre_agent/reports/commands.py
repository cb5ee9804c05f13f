"""The commands with which a person looks, does by hand, takes back, or lets the responder do it.

Only what one kubectl or aws call can do has a line; anything else has none, and the report says nothing in its place.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mcp_servers.contract.facts import Subject
from mcp_servers.redaction import redacted
from sre_agent.domain.action import Action, Call
from sre_agent.domain.signal import AlarmRef
from sre_agent.settings import Settings, StateSettings

DEFAULT_PROFILE: Final = "aws"
NAMESPACED: Final = (
    *("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod", "Job", "CronJob", "Service", "Ingress"),
    *("ConfigMap", "Secret", "ServiceAccount", "PersistentVolumeClaim", "NetworkPolicy", "HorizontalPodAutoscaler"),
    *("PodDisruptionBudget", "ResourceQuota", "LimitRange"),
)
OF_CLUSTER: Final = ("Node", "Namespace", "PersistentVolume", "StorageClass", "PriorityClass", "IngressClass")
AWS: Final[Mapping[str, Sequence[str]]] = {  # the call that shows one of a kind, before its name
    "Alarm": ("cloudwatch", "describe-alarms", "--alarm-names"),
    "Table": ("dynamodb", "describe-table", "--table-name"),
    "Function": ("lambda", "get-function", "--function-name"),
    "Database": ("rds", "describe-db-instances", "--db-instance-identifier"),
    "Queue": ("sqs", "get-queue-url", "--queue-name"),
    "LogGroup": ("logs", "tail", "--since", "1h"),
    "Instance": ("ec2", "describe-instances", "--instance-ids"),
}
_SAID: Final[Mapping[str, str]] = {  # settings that say where a run looks, with their options
    "kubeconfig": "--kubeconfig",
    "kube_context": "--context",
    "aws_endpoint_url": "--aws-endpoint-url",
    "aws_region": "--aws-region",
    "aws_profile": "--aws-profile",
    "prometheus_url": "--prometheus-url",
}


@dataclass(frozen=True)
class ConnectionOptions:
    """How the run reached cluster and account, so that a command means the same ones."""

    kubectl: tuple[str, ...] = ("kubectl",)
    aws: tuple[str, ...] = ("aws",)
    again: tuple[str, ...] = ()  # options of `sre-agent investigate`

    @classmethod
    def of(cls, settings: Settings) -> ConnectionOptions:
        cluster, account, folder = settings.kubernetes, settings.aws, settings.state.state_dir
        kubectl = _given({"--kubeconfig": cluster.kubeconfig, "--context": cluster.kube_context})
        aws = _given({"--profile": account.aws_profile, "--region": account.aws_region})
        profile = {"--profile": settings.profile if settings.profile != DEFAULT_PROFILE else ""}
        state = {"--state-dir": str(folder) if folder != StateSettings().state_dir else ""}
        where = {option: redacted(str(settings.value(name))) for name, option in _SAID.items()}
        again = _given(profile | where | state)
        endpoint = _given({"--endpoint-url": redacted(account.aws_endpoint_url)})
        return cls(("kubectl", *kubectl), ("aws", *aws, *endpoint), again)


def look(about: Sequence[Subject], alarm: AlarmRef | None, reach: ConnectionOptions) -> str:
    """The line that shows the first of these that one call can show, else the alarm; empty without any."""
    for subject in about:
        kind, name = subject.kind, subject.name
        if kind in NAMESPACED and subject.namespace:
            return shlex.join([*reach.kubectl, "-n", subject.namespace, "describe", kind.lower(), name])
        if kind in OF_CLUSTER:
            return shlex.join([*reach.kubectl, "describe", kind.lower(), name])
        if kind in AWS:
            return shlex.join([*reach.aws, *AWS[kind], name])
    if alarm is not None and alarm.kept_by == "cloudwatch":
        return shlex.join([*reach.aws, *AWS["Alarm"], alarm.name])
    return ""


def by_hand(call: Call | None, reach: ConnectionOptions) -> str:
    """The line that does what the call of a write tool does; empty where there is none."""
    if call is None:
        return ""
    words = _WORDS[call.tool](call.arguments) if call.tool in _WORDS else []
    return shlex.join([*(reach.kubectl if call.server == "kubernetes" else reach.aws), *words]) if words else ""


def allowing(incident: str, action: Action, reach: ConnectionOptions) -> str:
    """The command that investigates the same signals again and may do this action, as far as the policies let it."""
    place = str(action.call.arguments.get("document", "")) if action.call.server == "ssm" else action.namespace
    option = "--allow-document" if action.call.server == "ssm" else "--allow-namespace"
    return shlex.join(["sre-agent", "investigate", incident, *reach.again, "--writes", option, place])


def _given(options: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(word for option, value in options.items() if value for word in (option, value))


def _workload(given: Mapping[str, Any]) -> tuple[list[str], str]:
    named = f"{str(given.get('kind') or 'Deployment').lower()}/{given.get('name', '')}"
    return ["-n", str(given.get("namespace", "default"))], named


def _undo(given: Mapping[str, Any]) -> list[str]:
    place, named = _workload(given)
    revision = given.get("to_revision")
    return [*place, "rollout", "undo", named, *([f"--to-revision={revision}"] if revision else [])]


def _scale(given: Mapping[str, Any]) -> list[str]:
    place, named = _workload(given)
    return [*place, "scale", named, f"--replicas={given.get('replicas')}"]


def _restart(given: Mapping[str, Any]) -> list[str]:
    place, named = _workload(given)
    return [*place, "rollout", "restart", named]


def _resources(given: Mapping[str, Any]) -> list[str]:
    place, named = _workload(given)
    amounts = []
    for which in ("request", "limit"):
        found = [f"{of}={given[f'{of}_{which}']}" for of in ("cpu", "memory") if given.get(f"{of}_{which}")]
        amounts += [f"--{which}s={','.join(found)}"] if found else []
    container = [f"--containers={given['container']}"] if given.get("container") else []
    return [*place, "set", "resources", named, *container, *amounts] if amounts else []


def _service(given: Mapping[str, Any]) -> list[str]:
    """A selector alone: kubectl has no call for a port."""
    if not given.get("selector") or given.get("target_port"):
        return []
    place = ["-n", str(given.get("namespace", "default"))]
    return [*place, "set", "selector", "service", str(given.get("name", "")), str(given["selector"])]


def _start(given: Mapping[str, Any]) -> list[str]:
    document = ["--document-name", str(given.get("document", ""))]
    parameters = ["--parameters", json.dumps(given["parameters"])] if given.get("parameters") else []
    return ["ssm", "start-automation-execution", *document, *parameters]


def _stop(given: Mapping[str, Any]) -> list[str]:
    return ["ssm", "stop-automation-execution", "--automation-execution-id", str(given.get("execution_id", ""))]


_WORDS: Final = {
    "kubectl_rollout_undo": _undo,
    "kubectl_scale": _scale,
    "kubectl_rollout_restart": _restart,
    "kubectl_set_resources": _resources,
    "kubectl_set_service": _service,
    "start_automation": _start,
    "stop_automation": _stop,
}
