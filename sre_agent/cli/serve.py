"""`sre-agent serve`: HTTP, workers and the cleaning of old incidents in one process, until it is told to stop."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sre_agent.cli import exits
from sre_agent.cli.options import (
    AllowDocument,
    AllowNamespace,
    AllowNode,
    AwsEndpoint,
    AwsProfile,
    AwsRegion,
    Kubeconfig,
    KubeContext,
    Level,
    Model,
    PrometheusUrl,
    StateDir,
    WholeProfile,
    Workers,
    Writes,
    options_of,
    settings_of,
)
from sre_agent.cli.printing import say
from sre_agent.cli.readiness import ensure_ready
from sre_agent.errors import SettingsError
from sre_agent.settings import Settings, save
from sre_agent.settings.connection import LOOPBACK

if TYPE_CHECKING:
    from sre_agent.http.tokens import CallerDirectory

SHORTEST = 12  # characters of a secret
MEANING = exits.meaning("stopped on SIGTERM or Ctrl-C")
EXAMPLES = f"""
Examples:

  sre-agent serve                                       on 127.0.0.1:8080, with a token that it prints

  sre-agent serve --writes --allow-namespace shop       may change that namespace, after approval

  SRE_AGENT_TLS_ENDS_UPSTREAM=true sre-agent serve --host 0.0.0.0 --token-file /run/secrets/token   behind TLS

  curl -H "Authorization: Bearer $TOKEN" localhost:8080/incidents -H 'Content-Type: application/json' \\
    -d '{{"text": "checkout in shop keeps restarting"}}'

{MEANING}
"""


def serve(
    invocation: typer.Context,
    profile: WholeProfile = "local",
    host: Annotated[str | None, typer.Option(help="address to listen on")] = None,
    port: Annotated[int | None, typer.Option(help="port to listen on; 0 picks a free one")] = None,
    workers: Workers = None,
    token_file: Annotated[Path | None, typer.Option(help="file with the bearer token that callers send")] = None,
    kubeconfig: Kubeconfig = None,
    context: KubeContext = None,
    aws_endpoint_url: AwsEndpoint = None,
    aws_region: AwsRegion = None,
    aws_profile: AwsProfile = None,
    prometheus_url: PrometheusUrl = None,
    state_dir: StateDir = None,
    writes: Writes = None,
    allow_namespace: AllowNamespace = None,
    allow_node: AllowNode = None,
    allow_document: AllowDocument = None,
    level: Level = None,
    model: Model = None,
) -> None:
    """Accept alarms and questions over HTTP, and work on incidents, until SIGTERM or Ctrl-C."""
    settings = settings_of(invocation, profile)
    callers = _callers(settings)
    settings = ensure_ready(settings, options_of(serve))
    save(settings)
    from sre_agent.cli.http_server import run  # noqa: PLC0415 - `--help` needs no HTTP

    run(settings, callers)


def _callers(settings: Settings) -> CallerDirectory:
    """Raises SettingsError where callers beyond loopback could not be told apart."""
    from sre_agent.http.tokens import AnyOf, OidcTokens, OwnToken  # noqa: PLC0415 - `--help` needs no HTTP

    service = settings.service
    directories: list[CallerDirectory] = []
    if service.token_file is not None:
        token = service.token_file.read_text(encoding="utf-8").strip()
        if len(token) < SHORTEST:
            raise SettingsError(f"The token in {service.token_file} is too short: at least {SHORTEST} characters.")
        directories.append(OwnToken(token))
    if service.token_secret:
        from sre_agent.aws_services.secrets import SecretReader  # noqa: PLC0415
        from sre_agent.http.secret_token import SecretToken  # noqa: PLC0415

        reader = SecretReader(settings.state_access)
        directories.append(SecretToken(service.token_secret, reader, shortest=SHORTEST))
    if service.oidc_issuer:
        if not service.oidc_audience:
            raise SettingsError(
                "oidc_issuer is set without oidc_audience: tokens for other services would be accepted."
            )
        keys = f"{service.oidc_issuer.rstrip('/')}/.well-known/jwks.json"
        directories.append(OidcTokens(service.oidc_issuer, service.oidc_audience, service.oidc_roles_claim, keys))
    if directories and service.listen_host not in LOOPBACK and not service.tls_ends_upstream:
        raise SettingsError(
            f"Listening on {service.listen_host} would take tokens over plain HTTP, which others can read on the way."
            " Let TLS end in front of this process, and set tls_ends_upstream (SRE_AGENT_TLS_ENDS_UPSTREAM=true)."
        )
    if directories or settings.agent_runtime.runtime_role:
        return AnyOf(directories)
    if service.listen_host not in LOOPBACK:
        raise SettingsError(
            f"Listening on {service.listen_host} needs authentication: give --token-file, or the settings"
            " oidc_issuer and oidc_audience."
        )
    token = secrets.token_urlsafe(24)
    say(f"Bearer token for this run: {token}", err=True)
    return OwnToken(token)
