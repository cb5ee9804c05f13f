"""Settings as they are kept with an incident: who answers or resumes it acts with these, whatever was started since.

What the settings leave to the environment is settled when they are kept (which kubeconfig, context, region), relative
paths become absolute, and secrets stay out: those come again from where they came from, the profile or the environment.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from mcp_servers.redaction import redacted_value
from sre_agent.errors import SettingsError
from sre_agent.settings import (
    AgentRuntimeSettings,
    AlarmSettings,
    AwsStateSettings,
    BackupSettings,
    ClusterTable,
    ConnectionSettings,
    GitSettings,
    KubernetesSettings,
    MemorySettings,
    NotificationSettings,
    OperationsSettings,
    PromptSettings,
    RehearsalSettings,
    ServiceSettings,
    Settings,
    StateSettings,
    SweepSettings,
    VerificationSettings,
    load,
)

OF_THE_PROCESS: Final = (  # not of an incident: where this process keeps things, and for whom it works
    *("operator", *StateSettings.model_fields, *AwsStateSettings.model_fields),
    *(
        "otlp_endpoint",
        "model_month_dollars",
        "model_weights",
        "model_keys",
        "model_reuse_seconds",
        "insights_reuse_seconds",
    ),
    *ServiceSettings.model_fields,
    *AgentRuntimeSettings.model_fields,
    *ConnectionSettings.model_fields,
    *AlarmSettings.model_fields,
    *SweepSettings.model_fields,
    *ClusterTable.model_fields,
    *NotificationSettings.model_fields,
    *PromptSettings.model_fields,
    *VerificationSettings.model_fields,
    *GitSettings.model_fields,
    *RehearsalSettings.model_fields,
    *OperationsSettings.model_fields,
    *BackupSettings.model_fields,
    *MemorySettings.model_fields,
)
ADDED: Final = (  # left out where they have their default: the version before knows none of them
    *("limits", "level", "alertmanager_url", "past_only"),
    *("remote_servers", "remote_writers", "aws_role", "aws_external_id", "write_aws_role", "allow_nodes"),
)
SERVERS: Final = ("remote_servers", "remote_writers", "foreign_servers")  # of which the same holds for token_secret
PLACE: Final = ("kubeconfig", "kube_context", "eks", "aws_endpoint_url", "aws_region", "aws_profile")
PATHS: Final = ("write_kubeconfig", "entity_map", "model_prices", "limits")
URLS: Final = ("aws_endpoint_url", "prometheus_url", "alertmanager_url", "model_endpoint_url")
FOLDERS: Final = ("failure_folders", "runbook_folders")
NAMES_OR_PATHS: Final = ("policies", "profile")  # as they are where something shipped is meant
UNREADABLE: Final = (
    "The settings that are kept with incident {incident} cannot be read by this version of sre-agent ({why}). Answer or"
    " resume it with the version that started it, or cancel it: sre-agent incidents cancel {incident}"
)
Path_ = tuple[str, ...]


def resolve_environment(settings: Settings, context_of: Callable[[KubernetesSettings], tuple[str, str]]) -> Settings:
    """The same settings with nothing left to the environment that says where they act.

    `context_of` tells the kubeconfig's context that settings mean, and its cluster. Raises SettingsError.
    """
    update: dict[str, Any] = {
        "aws_region": settings.aws.aws_region or _variable("AWS_REGION", "AWS_DEFAULT_REGION"),
        "aws_profile": settings.aws.aws_profile or _variable("AWS_PROFILE"),
        "aws_endpoint_url": settings.aws.aws_endpoint_url or _variable("AWS_ENDPOINT_URL"),
    }
    cluster, writing = settings.kubernetes, settings.writing
    if not cluster.eks:
        context, name = context_of(cluster)
        update |= {"kubeconfig": _kubeconfig(cluster), "kube_context": context}
        update["cluster"] = cluster.cluster or name
    if writing.write_kubeconfig and not (writing.write_kube_context or cluster.kube_context):
        write_cluster = cluster.model_copy(update={"kubeconfig": writing.write_kubeconfig})
        update["write_kube_context"] = context_of(write_cluster)[0]
    for name in PATHS:
        value = settings.value(name)
        update[name] = type(value)(Path(value).absolute()) if value else value
    for name in FOLDERS:
        update[name] = tuple(folder.absolute() for folder in settings.value(name))
    for name in NAMES_OR_PATHS:
        value = settings.value(name)
        update[name] = str(Path(value).absolute()) if value and Path(value).exists() else value
    return settings.model_copy(update=update)


def to_json(settings: Settings) -> str:
    """As JSON without secrets; `withheld` says which values are not in it."""
    values = {k: v for k, v in settings.flat().items() if k not in OF_THE_PROCESS}
    defaults = Settings().flat()
    values = {name: value for name, value in values.items() if name not in ADDED or value != defaults[name]}
    for servers in (values.get(name, {}) for name in SERVERS):
        for server in servers.values():
            if not server["token_secret"]:
                del server["token_secret"]
    withheld = list(_secrets(values))
    for path in withheld:
        _put(values, path, None)
    return json.dumps({"settings": values, "withheld": withheld}, indent=1)


def same(one: str | None, other: str) -> bool:
    """Whether two bodies keep the same settings; versions write them in different orders."""
    try:
        return one is not None and bool(json.loads(one) == json.loads(other))
    except ValueError:
        return False


def from_json(body: str, present: Settings, *, incident: str) -> Settings:
    """Settings that were kept, in a process whose own are `present`: those say where the state is, and may have what
    was withheld. Raises SettingsError that names what is missing."""
    try:
        fields = json.loads(body)
        values, withheld = fields["settings"], [tuple(path) for path in fields["withheld"]]
        for path in withheld:
            _put(values, path, _again(path, values, present, incident))
        own = {name: present.value(name) for name in OF_THE_PROCESS}
        return Settings.model_validate(values | own)
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        first = problem.errors()[0]["msg"] if isinstance(problem, ValidationError) else type(problem).__name__
        raise SettingsError(UNREADABLE.format(incident=incident, why=first)) from problem


def place(settings: Settings) -> str:
    """Where settings look, as a short digest: the same alarm of two places is two incidents."""
    values = [settings.value(name) for name in PLACE]
    if settings.cluster_table.clusters:
        values += [settings.kubernetes.cluster, settings.aws.aws_role, settings.servers.left_out]
    text = json.dumps(values)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _kubeconfig(cluster: KubernetesSettings) -> str:
    """The file that is meant (or several, as KUBECONFIG lists them); empty where a pod's own account is."""
    usual = Path.home() / ".kube" / "config"
    kubeconfig = cluster.kubeconfig or os.environ.get("KUBECONFIG", "") or (str(usual) if usual.is_file() else "")
    return os.pathsep.join(str(Path(one).absolute()) for one in kubeconfig.split(os.pathsep) if one)


def _variable(*names: str) -> str:
    return next((os.environ[name] for name in names if os.environ.get(name)), "")


def _secrets(values: dict[str, Any]) -> Iterator[Path_]:
    """What a server of others is told by its variables; and a command line or a URL in which a secret is found."""
    for name, server in values["foreign_servers"].items():
        yield from (("foreign_servers", name, "environment", variable) for variable in server["environment"])
        if redacted_value(server["command"]) != server["command"]:
            yield ("foreign_servers", name, "command")
        if redacted_value(server["url"]) != server["url"]:
            yield ("foreign_servers", name, "url")
    yield from ((name,) for name in URLS if name in values and redacted_value(values[name]) != values[name])


def _again(path: Path_, values: Mapping[str, Any], present: Settings, incident: str) -> Any:
    """From the entry of the incident's cluster, where there is one, or from the settings of all."""
    of_cluster = ("clusters", str(values.get("cluster", "")), *path)
    for again in (False, True):
        flat = (load(str(values.get("profile", ""))) if again else present).flat()
        if value := _value(flat, of_cluster) or _value(flat, path):
            return value
    raise SettingsError(
        f"Incident {incident} was started with {'.'.join(path)}, which may be secret and is not kept. Give it again, as"
        " it was given then: by the profile (--profile) or the variable SRE_AGENT_" + f"{path[0].upper()}."
    )


def _value(values: Any, path: Path_) -> Any:
    for part in path:
        values = values.get(part) if isinstance(values, dict) else None
    return values


def _put(values: dict[str, Any], path: Path_, value: Any) -> None:
    *above, last = path
    for part in above:
        values = values[part]
    values[last] = value
