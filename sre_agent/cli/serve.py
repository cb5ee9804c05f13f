"""`sre-agent serve`: HTTP, workers and the cleaning of old incidents in one process, until it is told to stop."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sre_agent.cli import exits
from sre_agent.cli.loading import MODEL
from sre_agent.cli.printing import say
from sre_agent.cli.readiness import ensure_ready
from sre_agent.errors import SettingsError
from sre_agent.preflight import VerbOptions
from sre_agent.settings import Settings, load, save

if TYPE_CHECKING:
    from sre_agent.http.tokens import CallerDirectory

SHORTEST = 12  # characters of a secret
LOOPBACK = ("127.0.0.1", "::1", "localhost")
MEANING = exits.meaning("stopped on SIGTERM or Ctrl-C")
EXAMPLES = f"""
Examples:

  sre-agent serve                                       on 127.0.0.1:8080, with a token that it prints

  sre-agent serve --writes --allow-namespace shop       may change that namespace, after approval

  sre-agent serve --host 0.0.0.0 --token-file /run/secrets/token   beyond loopback it needs your own token

  curl -H "Authorization: Bearer $TOKEN" localhost:8080/incidents -H 'Content-Type: application/json' \\
    -d '{{"text": "checkout in shop keeps restarting"}}'

{MEANING}
"""
OPTIONS = VerbOptions(
    {"kubeconfig": "--kubeconfig", "kube_context": "--context", "aws_endpoint_url": "--aws-endpoint-url"}
    | {"aws_region": "--aws-region", "aws_profile": "--aws-profile", "prometheus_url": "--prometheus-url"}
    | {"model": "--model"}
)


def serve(
    profile: Annotated[str, typer.Option(help="settings profile: aws, or a TOML file")] = "aws",
    host: Annotated[str | None, typer.Option(help="address to listen on")] = None,
    port: Annotated[int | None, typer.Option(help="port to listen on; 0 picks a free one")] = None,
    workers: Annotated[int | None, typer.Option(help="incidents to work on in parallel")] = None,
    token_file: Annotated[Path | None, typer.Option(help="file with the bearer token that callers send")] = None,
    kubeconfig: Annotated[str | None, typer.Option(help="path of a kubeconfig")] = None,
    context: Annotated[str | None, typer.Option(help="context in the kubeconfig")] = None,
    aws_endpoint_url: Annotated[str | None, typer.Option(help="one endpoint for all AWS services")] = None,
    aws_region: Annotated[str | None, typer.Option(help="AWS region")] = None,
    aws_profile: Annotated[str | None, typer.Option(help="AWS credentials profile")] = None,
    prometheus_url: Annotated[str | None, typer.Option(help="base URL of Prometheus")] = None,
    state_dir: Annotated[Path | None, typer.Option(help="folder for incidents and reports")] = None,
    writes: Annotated[bool | None, typer.Option("--writes/--read-only", help="whether anything may be changed")] = None,
    allow_namespace: Annotated[list[str] | None, typer.Option(help="namespace that may be written")] = None,
    allow_document: Annotated[list[str] | None, typer.Option(help="SSM document that may be started")] = None,
    model: Annotated[str | None, typer.Option(help=MODEL)] = None,
) -> None:
    """Accept alarms and questions over HTTP, and work on incidents, until SIGTERM or Ctrl-C."""
    settings = load(
        profile,
        listen_host=host,
        listen_port=port,
        workers=workers,
        token_file=token_file,
        kubeconfig=kubeconfig,
        kube_context=context,
        aws_endpoint_url=aws_endpoint_url,
        aws_region=aws_region,
        aws_profile=aws_profile,
        prometheus_url=prometheus_url,
        state_dir=state_dir,
        writes=writes,
        allow_namespaces=tuple(allow_namespace) if allow_namespace else None,
        allow_documents=tuple(allow_document) if allow_document else None,
        model=model,
    )
    callers = _callers(settings)
    settings = ensure_ready(settings, OPTIONS)
    save(settings)
    from sre_agent.cli.http_server import run  # noqa: PLC0415 - `--help` needs no HTTP

    run(settings, callers)


def _callers(settings: Settings) -> CallerDirectory:
    """Raises SettingsError where callers beyond loopback could not be told apart."""
    from sre_agent.http.tokens import AnyOf, OidcTokens, OwnToken  # noqa: PLC0415 - `--help` needs no HTTP

    service = settings.service
    known: list[CallerDirectory] = []
    if service.token_file is not None:
        token = service.token_file.read_text(encoding="utf-8").strip()
        if len(token) < SHORTEST:
            raise SettingsError(f"The token in {service.token_file} is too short: at least {SHORTEST} characters.")
        known.append(OwnToken(token))
    if service.oidc_issuer:
        if not service.oidc_audience:
            raise SettingsError(
                "oidc_issuer is set without oidc_audience: tokens for other services would be accepted."
            )
        keys = f"{service.oidc_issuer.rstrip('/')}/.well-known/jwks.json"
        known.append(OidcTokens(service.oidc_issuer, service.oidc_audience, service.oidc_roles_claim, keys))
    if known or settings.agent_runtime.runtime_role:
        return AnyOf(known)
    if service.listen_host not in LOOPBACK:
        raise SettingsError(
            f"Listening on {service.listen_host} needs authentication: give --token-file, or the settings"
            " oidc_issuer and oidc_audience."
        )
    token = secrets.token_urlsafe(24)
    say(f"Bearer token for this run: {token}", err=True)
    return OwnToken(token)
