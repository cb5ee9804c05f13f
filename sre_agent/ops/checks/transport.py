"""Whether what travels is encrypted: callers' tokens, servers' answers, and what AWS and Prometheus are asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.installation import InstallationView
from sre_agent.settings import Settings

LOCAL: Final = ("127.0.0.1", "::1", "localhost")


async def look(installation: InstallationView) -> OpsFinding:
    service = installation.settings.service
    faults: list[tuple[OpsState, str]] = []
    if service.listen_host not in LOCAL and not service.tls_ends_upstream:
        faults.append(("problem", f"The service listens on {service.listen_host} without TLS in front of it."))
    faults += [
        ("warning", f"{name} is asked over plain http: {host}.") for name, host in plain_hosts(installation.settings)
    ]
    return OpsFinding.worst(
        faults,
        "Nothing leaves this machine unencrypted, as far as the settings say.",
        figures={"plain": len(faults)},
        remedy="Use https:// addresses; set tls_ends_upstream only where a load balancer or mesh ends TLS.",
    )


def plain_hosts(settings: Settings) -> Iterator[tuple[str, str]]:
    """(setting, host) of each address that is plain HTTP and not of this machine."""
    addresses = {
        "prometheus_url": settings.prometheus.prometheus_url,
        "aws_endpoint_url": settings.aws.aws_endpoint_url,
        "state_endpoint_url": settings.aws_state.state_endpoint_url,
        "model_endpoint_url": settings.models.model_endpoint_url,
        "otlp_endpoint": settings.tracing.otlp_endpoint if settings.tracing.trace == "otlp" else "",
        "oidc_issuer": settings.service.oidc_issuer,
    }
    servers = settings.servers
    for kind in ("remote_servers", "remote_writers", "foreign_servers"):
        addresses |= {f"{kind}.{name}": one.url for name, one in getattr(servers, kind).items()}
    for name, address in addresses.items():
        parts = urlsplit(address)
        if parts.scheme == "http" and parts.hostname not in LOCAL:
            yield name, parts.hostname or ""


CHECK: Final = OpsCheck("transport", "audit", "addresses in the settings", look)
