"""Options that several verbs have, and the settings that they give: each is written here once, for all of them."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from sre_agent.cli.loading import MODEL
from sre_agent.preflight import VerbOptions
from sre_agent.settings import Settings, load

Profile = Annotated[str, typer.Option(help="settings profile that names the state folder: local, aws, or a TOML file")]
WholeProfile = Annotated[str, typer.Option(help="settings profile: local, aws, or a TOML file")]
Trace = Annotated[bool, typer.Option("--trace", help="also show the calls over time, as a waterfall")]
Json = Annotated[bool, typer.Option("--json", help="print JSON")]

Kubeconfig = Annotated[str | None, typer.Option(help="path of the kubeconfig")]
KubeContext = Annotated[str | None, typer.Option(help="context in the kubeconfig")]
Cluster = Annotated[str | None, typer.Option(help="which of the clusters in the profile, by its name there")]
AwsEndpoint = Annotated[str | None, typer.Option(help="one endpoint for all AWS services")]
AwsRegion = Annotated[str | None, typer.Option(help="AWS region")]
AwsProfile = Annotated[str | None, typer.Option(help="AWS credentials profile")]
PrometheusUrl = Annotated[str | None, typer.Option(help="base URL of Prometheus")]
StateDir = Annotated[Path | None, typer.Option(help="folder for incidents and reports")]
Writes = Annotated[bool | None, typer.Option("--writes/--read-only", help="whether anything may be changed")]
AllowNamespace = Annotated[list[str] | None, typer.Option(help="namespace where changes are allowed")]
AllowNode = Annotated[list[str] | None, typer.Option(help="node that may be cordoned, uncordoned or drained")]
AllowDocument = Annotated[list[str] | None, typer.Option(help="SSM document that may be started")]
Level = Annotated[
    str | None, typer.Option(help="observe, recommend, approve or autonomous, where no rule of the limits says")
]
Model = Annotated[str | None, typer.Option(help=MODEL)]
Workers = Annotated[int | None, typer.Option(help="incidents to work on in parallel")]

SETTING_OF: Final = {  # a verb's parameter; its option is called like it
    "kubeconfig": "kubeconfig",
    "context": "kube_context",
    "cluster": "cluster",
    "aws_endpoint_url": "aws_endpoint_url",
    "aws_region": "aws_region",
    "aws_profile": "aws_profile",
    "prometheus_url": "prometheus_url",
    "state_dir": "state_dir",
    "writes": "writes",
    "allow_namespace": "allow_namespaces",
    "allow_node": "allow_nodes",
    "allow_document": "allow_documents",
    "level": "level",
    "model": "model",
    "workers": "workers",
    "host": "listen_host",
    "port": "listen_port",
    "token_file": "token_file",
}


def options_of(verb: Callable[..., None]) -> VerbOptions:
    """By which options a verb takes settings."""
    parameters = signature(verb).parameters
    return VerbOptions({setting: flag(name) for name, setting in SETTING_OF.items() if name in parameters})


def flag(parameter: str) -> str:
    return f"--{parameter.replace('_', '-')}"


def command_line(invocation: typer.Context) -> dict[str, Any]:
    """What was given on the command line for settings, by parameter."""
    return {
        name: value
        for name in SETTING_OF
        if (value := invocation.params.get(name)) is not None and value not in ("", [], ())
    }


def settings_of(invocation: typer.Context, profile: str) -> Settings:
    """The settings of a profile with what was given on the command line. Raises SettingsError."""
    values = command_line(invocation)
    settings: dict[str, Any] = {SETTING_OF[name]: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
    return load(profile, **settings)
