"""The responder as a service: how much it does at once, where it listens, who may call, how long it keeps things."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from sre_agent.settings.area import Area


class ServiceSettings(Area):
    workers: int = Field(
        4,
        ge=1,
        le=64,
        description="incidents that one process works on in parallel; with more, runs wait for the MCP servers",
    )
    drain_seconds: float = Field(
        25.0, gt=0, description="seconds that runs have to finish their step after SIGTERM; Kubernetes kills after 30 s"
    )
    listen_host: str = Field(
        "127.0.0.1", description="address to listen on; beyond loopback, callers have to authenticate"
    )
    listen_port: int = Field(
        8080,
        ge=0,
        le=65535,
        description="port to listen on, the one that AgentCore Runtime expects; 0 picks a free one",
    )
    token_file: Path | None = Field(
        None,
        description="file with the bearer token that callers send; without it, a token is made at start and printed",
    )
    token_secret: str = Field(
        "",
        description="the same as a secret of AWS, secret:NAME, secret:NAME#FIELD or parameter:NAME; read again after a"
        " rotation, without a restart; empty: none",
    )
    tls_ends_upstream: bool = Field(
        False,
        description="TLS ends at a load balancer, proxy or mesh in front of this process; needed to take tokens beyond"
        " loopback, because the process itself speaks plain HTTP",
    )
    oidc_issuer: str = Field(
        "", description="issuer of the callers' tokens (Cognito or any OIDC issuer); empty: no OIDC"
    )
    oidc_audience: str = Field("", description="audience or client id that the tokens are issued for")
    oidc_roles_claim: str = Field("cognito:groups", description="claim that lists the caller's groups")
    log_stdout: bool = Field(
        True, description="also write the log of `serve` and `work` to stdout, for a container's log collector"
    )
    embedded_metrics: str = Field(
        "",
        description="name of this service, under which the figures that alarms go by are written into the log once a"
        " minute in CloudWatch's embedded metric format; empty: not, because somebody reads /metrics",
    )
    body_kilobytes: int = Field(1024, gt=0, description="largest request body in kB; 1 MB is enough for any alarm")
    requests_per_minute: int = Field(600, gt=0, description="requests per minute from one caller before it gets 429")
    most_waiting: int = Field(
        10_000, gt=0, description="waiting messages before new alarms get 503; the default is two days of a large fleet"
    )
    keep_days: float = Field(90.0, gt=0, description="days that ended incidents and their evidence are kept")
    keep_events_days: float = Field(
        14.0,
        gt=0,
        description="days that receipts of alarms are kept, and entries of the record that belong to no incident",
    )
