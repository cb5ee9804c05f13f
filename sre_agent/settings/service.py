"""The responder as a service: how much it does at once, where it listens, who may call, how long it keeps things."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from sre_agent.settings.area import Area


class ServiceSettings(Area):
    workers: int = Field(
        4, ge=1, le=64, description="incidents worked on at once in one process; more wait for the servers, not for us"
    )
    drain_seconds: float = Field(
        25.0, gt=0, description="how long a run may finish its step on SIGTERM; Kubernetes kills after 30 s"
    )
    listen_host: str = Field(
        "127.0.0.1", description="address that HTTP listens on; beyond loopback callers are checked"
    )
    listen_port: int = Field(8080, ge=0, le=65535, description="port of HTTP, as AgentCore Runtime expects it; 0: any")
    token_file: Path | None = Field(
        None, description="file with the token that callers send; none: one is made at start and printed"
    )
    oidc_issuer: str = Field("", description="issuer of the callers' tokens (Cognito or any OIDC issuer); empty: none")
    oidc_audience: str = Field("", description="audience or client id that these tokens are for")
    oidc_roles_claim: str = Field("cognito:groups", description="claim that lists a caller's groups")
    log_stdout: bool = Field(
        True, description="log lines of `serve` and `work` also go to stdout, where a container's log collector reads"
    )
    body_kilobytes: int = Field(1024, gt=0, description="the longest request that is read; 1 MB holds any alarm")
    requests_per_minute: int = Field(
        600, gt=0, description="requests of one caller in a minute, before they are put off"
    )
    most_waiting: int = Field(
        10_000, gt=0, description="messages that may wait before new alarms are put off; two days of a large estate"
    )
    keep_days: float = Field(90.0, gt=0, description="how long ended incidents and their evidence are kept")
    keep_events_days: float = Field(14.0, gt=0, description="how long the progress of incidents is kept")
