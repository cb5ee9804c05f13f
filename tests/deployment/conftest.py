"""An account with an image and a role, and the command that deploys to it. Waiting moves the clock of the lab."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from typer.testing import CliRunner

from sre_agent.cli import deploy, exits
from sre_agent.cli.main import app
from sre_agent.errors import SreAgentError
from sre_lab.aws import agentcore_control
from tests.lab_aws.conftest import Aws

REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
IMAGE = f"{REGISTRY}/sre-agent:0.1.0"
ROLE = "arn:aws:iam::123456789012:role/sre-agent"
TRUSTED = "bedrock-agentcore.amazonaws.com"
INDEX = "application/vnd.oci.image.index.v1+json"


class LabClock:
    """The world's time; who sleeps moves it."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._aws.world.clock.now(), UTC)

    async def sleep_until(self, when: datetime) -> None:
        self._aws.advance((when - self.now()).total_seconds())


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Deployer:
    """`run` calls `sre-agent deploy agentcore` with these words."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.control = aws.client("bedrock-agentcore-control")

    def run(self, *words: str) -> Ran:
        done = CliRunner().invoke(app, ["deploy", "agentcore", "--aws-endpoint-url", self.aws.url, *words])
        if isinstance(done.exception, SreAgentError):  # which the console script turns into a message
            return Ran(exits.status(done.exception), done.stdout, str(done.exception))
        return Ran(done.exit_code, done.stdout, done.stderr)

    def runtime(self, name: str = "sre_agent") -> dict[str, Any]:
        one = next(one for one in self.runtimes() if one["agentRuntimeName"] == name)
        runtime: dict[str, Any] = self.control.get_agent_runtime(agentRuntimeId=one["agentRuntimeId"])
        return runtime

    def runtimes(self) -> list[dict[str, Any]]:
        pages = self.control.get_paginator("list_agent_runtimes").paginate()
        return [one for page in pages for one in page["agentRuntimes"]]

    def endpoint(self, name: str) -> dict[str, Any]:
        runtime_id = self.runtime()["agentRuntimeId"]
        endpoint: dict[str, Any] = self.control.get_agent_runtime_endpoint(agentRuntimeId=runtime_id, endpointName=name)
        return endpoint

    def push(self, tag: str, *architectures: str) -> str:
        """An index of images for these processors; its URI."""
        manifests = [
            {"digest": f"sha256:{place:064}", "platform": {"os": "linux", "architecture": one}}
            for place, one in enumerate(architectures)
        ]
        manifest = {"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests, "annotations": {"tag": tag}}
        ecr = self.aws.client("ecr")
        ecr.put_image(repositoryName="sre-agent", imageManifest=json.dumps(manifest), imageTag=tag)
        return f"{REGISTRY}/sre-agent:{tag}"

    def add_role(self, name: str, service: str) -> str:
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)
        return f"arn:aws:iam::123456789012:role/{name}"

    def break_next(self, what: str, reason: str) -> None:
        agentcore_control.break_next(self.aws.world, what, reason)

    def deny(self, *operations: str) -> None:
        agentcore_control.deny(self.aws.world, *operations)


@pytest.fixture
def deployer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployer]:
    aws = Aws()
    for name, value in {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_REGION": "eu-west-1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(deploy, "SystemClock", lambda: LabClock(aws))
    try:
        one = Deployer(aws)
        aws.client("ecr").create_repository(repositoryName="sre-agent")
        one.push("0.1.0", "arm64", "amd64")
        one.add_role("sre-agent", TRUSTED)
        yield one
    finally:
        aws.close()
