"""Where the MCP servers of given settings are: the command that starts each, or the address of one of others."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import yaml

from sre_agent.errors import SettingsError
from sre_agent.settings import AwsSettings, ForeignServer, KubernetesSettings, RemoteServer, Settings
from sre_agent.toolbox.address import HttpAccess, ServerAddress
from sre_agent.toolbox.readers import open_reader
from sre_agent.toolbox.readers.foreign_source import ForeignSource

if TYPE_CHECKING:
    from sre_agent.aws_services.secrets import SecretReader
    from sre_agent.graph.context import PermitSource

PASSED_ON: Final = (  # variables of this process that a server needs
    *("PATH", "HOME", "LANG", "TMPDIR", "SSL_CERT_FILE", "PROMETHEUS_TOKEN", "ALERTMANAGER_TOKEN"),
    *("KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"),
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"),
    *("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_ENDPOINT_URL"),
    *("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_EC2_METADATA_DISABLED"),
    *("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
)
GATEWAY_SEPARATOR: Final = "___"  # between a target's name and a tool's, in AgentCore Gateway


def readers(settings: Settings) -> dict[str, ServerAddress]:
    """Where the read instance of each server is; Prometheus only where there is one.

    A server of others stands where the settings put it. Writes never go there: they have instances of their own.
    """
    runbooks = [f"--runbooks={folder.resolve()}" for folder in settings.runbooks.runbook_folders]
    role, reuse = _role_arguments(settings.aws), f"--reuse-seconds={settings.servers.insights_reuse_seconds:g}"
    servers = {
        "kubernetes": _server(settings, "kubernetes", *_kubernetes_arguments(settings.kubernetes)),
        "cloudwatch": _server(settings, "cloudwatch", *role, reuse),
        "ssm": _server(settings, "ssm", *role, *runbooks),
    }
    if settings.prometheus.prometheus_url:
        servers["prometheus"] = _server(settings, "prometheus", *_prometheus_arguments(settings))
    servers |= {name: _remote(settings, name, remote) for name, remote in settings.servers.remote_servers.items()}
    servers |= {name: _foreign(settings, name, foreign) for name, foreign in settings.servers.foreign_servers.items()}
    return {name: address for name, address in servers.items() if name not in settings.servers.left_out}


def writers(settings: Settings, permit_issuer: PermitSource) -> dict[str, ServerAddress]:
    """The write instances under the writing identity, with public keys and allowlist; none while writes are off.

    Raises SettingsError where reading and writing would go by one token.
    """
    writing, cluster = settings.writing, settings.kubernetes
    if not writing.writes:
        return {}
    common = ["--writes", "--permit-keys", permit_issuer.public_keys]
    identity = settings.model_copy(
        update={
            "kubeconfig": writing.write_kubeconfig or cluster.kubeconfig,
            "kube_context": writing.write_kube_context or cluster.kube_context,
            "eks": writing.write_eks or ("" if writing.write_kubeconfig else cluster.eks),
            "aws_profile": writing.write_aws_profile or settings.aws.aws_profile,
            "aws_role": writing.write_aws_role or settings.aws.aws_role,
            "cluster": cluster_name(cluster),
        }
    )

    def write_arguments(name: str, allowed: tuple[str, ...]) -> list[str]:
        used = settings.state_access.used_permits_of(name)
        return [*common, "--used-permits", used, *(f"--allow={pattern}" for pattern in allowed)]

    places = (*writing.allow_namespaces, *map(_node_pattern, writing.allow_nodes))
    kubernetes = [*_kubernetes_arguments(identity.kubernetes), *write_arguments("kubernetes", places)]
    addresses = {
        "kubernetes": _server(identity, "kubernetes", *kubernetes),
        "ssm": _server(
            identity, "ssm", *_role_arguments(identity.aws), *write_arguments("ssm", writing.allow_documents)
        ),
    }
    for name, remote in settings.servers.remote_writers.items():
        _refuse_shared_token(settings, name, remote)
        addresses[name] = _remote(identity, name, remote)
    return {name: address for name, address in addresses.items() if name not in settings.servers.left_out}


def _node_pattern(pattern: str) -> str:
    """As the server's allowlist has it: `node:NAME`, `CLUSTER/node:NAME`."""
    cluster, slash, name = pattern.rpartition("/")
    return f"{cluster}{slash}node:{name}"


def cluster_name(kubernetes: KubernetesSettings) -> str:
    """The configured name, else that of the EKS cluster or of the context's; empty where there is no kubeconfig."""
    return kubernetes.cluster or kubernetes.eks.partition("=")[0] or context_of(kubernetes)[1]


def context_of(kubernetes: KubernetesSettings) -> tuple[str, str]:
    """The kubeconfig's context that is meant, and its cluster; empty where there is none."""
    path = Path(kubernetes.kubeconfig or os.environ.get("KUBECONFIG", "") or Path.home() / ".kube" / "config")
    try:
        config = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader) if path.is_file() else {}
        context_name = kubernetes.kube_context or config.get("current-context", "")
        for context in config.get("contexts", []):
            if context.get("name") == context_name:
                return str(context_name), str(context["context"]["cluster"])
    except (yaml.YAMLError, AttributeError, KeyError, TypeError) as problem:
        raise SettingsError(f"The kubeconfig {path} cannot be read: {problem}") from problem
    return kubernetes.kube_context, ""


def _kubernetes_arguments(kubernetes: KubernetesSettings) -> list[str]:
    """One cluster, although a server could have several: an incident's facts and permits are of this one."""
    here = {"--kubeconfig": kubernetes.kubeconfig, "--context": "" if kubernetes.eks else context_of(kubernetes)[0]}
    flags = ({"--eks": kubernetes.eks} if kubernetes.eks else here) | {"--cluster": cluster_name(kubernetes)}
    return [f"{flag}={value}" for flag, value in flags.items() if value]


def _prometheus_arguments(settings: Settings) -> list[str]:
    prometheus = settings.prometheus
    flags = {"--url": prometheus.prometheus_url, "--alertmanager-url": prometheus.alertmanager_url}
    return [part for flag, value in flags.items() if value for part in (flag, value)]


def _role_arguments(aws: AwsSettings) -> list[str]:
    flags = {"--role": aws.aws_role, "--external-id": aws.aws_external_id if aws.aws_role else ""}
    return [f"{flag}={value}" for flag, value in flags.items() if value]


def _server(settings: Settings, name: str, *arguments: str) -> ServerAddress:
    command = (sys.executable, "-m", f"mcp_servers.{name}", *arguments)
    log = settings.state.state_dir.resolve() / "servers.log"
    return ServerAddress(name=name, command=command, environment=_environment(settings.aws), log=log)


def _remote(settings: Settings, name: str, remote: RemoteServer) -> ServerAddress:
    """A server of ours that runs elsewhere. What it reads, and as whom, is said where it is deployed."""
    aws = settings.aws
    access = HttpAccess(remote.token_file, remote.token_secret, remote.sign_requests, aws.aws_region, aws.aws_profile)
    prefix = f"{remote.gateway_target}{GATEWAY_SEPARATOR}" if remote.gateway_target else ""
    secrets = _secrets(settings, remote.token_secret)
    return ServerAddress(name=name, url=remote.url, access=access, tool_prefix=prefix, secrets=secrets)


def _refuse_shared_token(settings: Settings, name: str, writer: RemoteServer) -> None:
    """Who may read must not be able to write by the same word."""
    files = [one.token_file for one in settings.servers.remote_servers.values()]
    if writer.token_file is not None and writer.token_file.absolute() in [one.absolute() for one in files if one]:
        raise SettingsError(f"remote_writers.{name} has the token file of a server that reads. Give it one of its own.")
    tokens = [one.token_secret for one in settings.servers.remote_servers.values()]
    if writer.token_secret and writer.token_secret in tokens:
        raise SettingsError(f"remote_writers.{name} has the token of a server that reads. Give it one of its own.")


def _foreign(settings: Settings, name: str, foreign: ForeignServer) -> ServerAddress:
    """A server that is not ours, with the reader that reads it. Raises SettingsError for an unknown reader."""
    kube_environment = {"KUBECONFIG": settings.kubernetes.kubeconfig} if settings.kubernetes.kubeconfig else {}
    return ServerAddress(
        name=name,
        command=foreign.command,
        url=foreign.url,
        access=HttpAccess(token_secret=foreign.token_secret),
        secrets=_secrets(settings, foreign.token_secret, *foreign.environment.values()),
        environment=_environment(settings.aws) | kube_environment | foreign.environment,
        stand_in=ForeignSource(foreign.reader, open_reader(foreign.reader), foreign.scope),
        log=settings.state.state_dir.resolve() / "servers.log",
    )


def _secrets(settings: Settings, *texts: str) -> SecretReader | None:
    """What reads those of the texts that only refer to a secret; None where none does."""
    if not any(texts):
        return None
    from sre_agent.aws_services.secrets import SecretReader, is_reference  # noqa: PLC0415 - structlog

    return SecretReader(settings.state_access) if any(map(is_reference, texts)) else None


def _environment(aws: AwsSettings) -> dict[str, str]:
    """What a server is told of where it looks: credentials of this process, region and endpoint of the settings."""
    environment = {key: os.environ[key] for key in PASSED_ON if key in os.environ}
    own = {
        "AWS_ENDPOINT_URL": aws.aws_endpoint_url,
        "AWS_REGION": aws.aws_region,
        "AWS_DEFAULT_REGION": aws.aws_region,
        "AWS_PROFILE": aws.aws_profile,
    }
    return environment | {key: value for key, value in own.items() if value}
