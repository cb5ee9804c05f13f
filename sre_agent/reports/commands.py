"""The commands with which a person looks, does by hand, takes back, or lets the responder do it.

Only what one kubectl or aws call can do has a line; anything else has none, and the report says nothing in its place.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mcp_servers.contract.facts import Subject
from mcp_servers.redaction import redacted
from sre_agent.domain.action import Action, Call, LimitReached
from sre_agent.domain.signal import AlarmRef
from sre_agent.settings import Settings, StateSettings

DEFAULT_PROFILE: Final = "local"
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
    state: tuple[str, ...] = ()  # options of verbs that only use the state folder

    @classmethod
    def of(cls, settings: Settings) -> ConnectionOptions:
        cluster, account, folder = settings.kubernetes, settings.aws, settings.state.state_dir
        kubectl = _option_words({"--kubeconfig": cluster.kubeconfig, "--context": cluster.kube_context})
        aws = _option_words({"--profile": account.aws_profile, "--region": account.aws_region})
        profile = {"--profile": settings.profile if settings.profile != DEFAULT_PROFILE else ""}
        state = {"--state-dir": str(folder) if folder != StateSettings().state_dir else ""}
        where = {option: redacted(str(settings.value(name))) for name, option in _SAID.items()}
        again = _option_words(profile | where | state)
        endpoint = _option_words({"--endpoint-url": redacted(account.aws_endpoint_url)})
        return cls(("kubectl", *kubectl), ("aws", *aws, *endpoint), again, _option_words(profile | state))


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


def allowing(incident: str, action: Action, reach: ConnectionOptions, stop: LimitReached | None = None) -> str:
    """The command that investigates the same signals again and may do this action, as far as the policies let it.
    `stop` is the limit that forbade it: where a command lifts that, it comes first."""
    option, place = _place(action)
    level = ["--level", "approve"] if stop is not None and stop.lifted_by.startswith("--level") else []
    again = shlex.join(["sre-agent", "investigate", incident, *reach.again, "--writes", option, place, *level])
    match stop.kind if stop is not None else "":
        case "paused":
            return f"{shlex.join(['sre-agent', 'unpause', *reach.state])} && {again}"
        case "breaker":
            reset = ["sre-agent", "policy", "breakers", "--reset", action.failure_class, action.workload, *reach.state]
            return f"{shlex.join(reset)} && {again}"
    return again


def _place(action: Action) -> tuple[str, str]:
    """The option that allows a place to be written to, and the place."""
    if action.call.server == "ssm":
        return "--allow-document", str(action.call.arguments.get("document", ""))
    kind, _, name = action.target.subject.partition("/")
    return ("--allow-node", name) if kind == "Node" else ("--allow-namespace", action.namespace)


def _option_words(options: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(word for option, value in options.items() if value for word in (option, value))


def _workload(arguments: Mapping[str, Any]) -> tuple[list[str], str]:
    target = f"{str(arguments.get('kind') or 'Deployment').lower()}/{arguments.get('name', '')}"
    return ["-n", str(arguments.get("namespace", "default"))], target


def _undo(arguments: Mapping[str, Any]) -> list[str]:
    place, target = _workload(arguments)
    revision = arguments.get("to_revision")
    return [*place, "rollout", "undo", target, *([f"--to-revision={revision}"] if revision else [])]


def _scale(arguments: Mapping[str, Any]) -> list[str]:
    place, target = _workload(arguments)
    return [*place, "scale", target, f"--replicas={arguments.get('replicas')}"]


def _restart(arguments: Mapping[str, Any]) -> list[str]:
    place, target = _workload(arguments)
    return [*place, "rollout", "restart", target]


def _resources(arguments: Mapping[str, Any]) -> list[str]:
    place, target = _workload(arguments)
    amounts = []
    for which in ("request", "limit"):
        pairs = [f"{of}={arguments[f'{of}_{which}']}" for of in ("cpu", "memory") if arguments.get(f"{of}_{which}")]
        amounts += [f"--{which}s={','.join(pairs)}"] if pairs else []
    container = [f"--containers={arguments['container']}"] if arguments.get("container") else []
    return [*place, "set", "resources", target, *container, *amounts] if amounts else []


def _on_node(verb: str) -> Callable[[Mapping[str, Any]], list[str]]:
    return lambda arguments: [verb, str(arguments.get("name", ""))]


def _service(arguments: Mapping[str, Any]) -> list[str]:
    """A selector alone: kubectl has no call for a port."""
    if not arguments.get("selector") or arguments.get("target_port"):
        return []
    place = ["-n", str(arguments.get("namespace", "default"))]
    return [*place, "set", "selector", "service", str(arguments.get("name", "")), str(arguments["selector"])]


def _start(arguments: Mapping[str, Any]) -> list[str]:
    document = ["--document-name", str(arguments.get("document", ""))]
    parameters = ["--parameters", json.dumps(arguments["parameters"])] if arguments.get("parameters") else []
    return ["ssm", "start-automation-execution", *document, *parameters]


def _stop(arguments: Mapping[str, Any]) -> list[str]:
    return ["ssm", "stop-automation-execution", "--automation-execution-id", str(arguments.get("execution_id", ""))]


_WORDS: Final = {
    "kubectl_rollout_undo": _undo,
    "kubectl_scale": _scale,
    "kubectl_rollout_restart": _restart,
    "kubectl_set_resources": _resources,
    "kubectl_set_service": _service,
    "kubectl_cordon": _on_node("cordon"),
    "kubectl_uncordon": _on_node("uncordon"),
    "start_automation": _start,
    "stop_automation": _stop,
}
