"""An account in moto as Terraform leaves it: roles, alarms, log group, secrets, a parameter, undelivered alarms."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import yaml

from sre_agent.ops.checks.alarm_settings import FILE
from sre_agent.ops.shipped_policies import NEEDED, ROLES, shipped_document
from tests.infra.iam import VALUES
from tests.ops.own import OwnInstallation

ACCOUNT: Final = "123456789012"
TOPIC: Final = f"arn:aws:sns:us-east-1:{ACCOUNT}:alarms"


def render(file: str, name: str) -> dict[str, Any]:
    """A shipped policy with what Terraform fills in."""
    own = {**VALUES, "name": name, "identifier": name.replace("-", "_"), "schedule_group": f"{name}-wake-ups"}
    queues = json.dumps([f"arn:aws:sqs:eu-west-1:{ACCOUNT}:{name}.fifo"])
    text = re.sub(r"(?<=: )\$\{\w+\}", queues, shipped_document(file))
    arn = f"arn:aws:example:eu-west-1:{ACCOUNT}:"
    document: dict[str, Any] = json.loads(re.sub(r"\$\{(\w+)\}", lambda one: own.get(one[1], arn + one[1]), text))
    return document


async def deploy(own: OwnInstallation) -> None:
    """As `terraform apply` would."""
    name = own.installation.name
    await _roles(own, name)
    for alarm, definition in yaml.safe_load(shipped_document(FILE)).items():
        await own.ask(
            "cloudwatch",
            "put_metric_alarm",
            AlarmName=f"{name}-{alarm}",
            Namespace="SreAgent",
            MetricName=definition.get("metric", "agent_cost_usd"),
            Statistic="Maximum",
            Period=definition.get("period", 3600),
            EvaluationPeriods=definition["periods"],
            Threshold=definition.get("threshold", 5),
            ComparisonOperator="GreaterThanThreshold",
            AlarmActions=[TOPIC],
        )
    group = f"/sre-agent/{name}"
    await own.ask("logs", "create_log_group", logGroupName=group, kmsKeyId=f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1")
    await own.ask("logs", "put_retention_policy", logGroupName=group, retentionInDays=365)
    for secret in ("token", "slack"):
        await own.ask("secretsmanager", "create_secret", Name=f"{name}/{secret}", SecretString="made-up")
    await own.ask("ssm", "put_parameter", Name=f"/{name}/level", Value="approve", Type="SecureString")
    await own.ask("sqs", "create_queue", QueueName=f"{name}-undelivered")


async def _roles(own: OwnInstallation, name: str) -> None:
    service = {"Service": "ecs-tasks.amazonaws.com"}
    responder = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/{name}-responder"}
    for role, principal in (("responder", service), ("reader", responder), ("backup", service)):
        trust = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}],
        }
        full_name = f"{name}-{role}"
        await own.ask("iam", "create_role", RoleName=full_name, AssumeRolePolicyDocument=json.dumps(trust))
        for policy in NEEDED[role]:
            await put_policy(own, full_name, policy, render(ROLES[role][policy], name))


async def put_policy(own: OwnInstallation, role: str, policy: str, document: dict[str, Any]) -> None:
    await own.ask("iam", "put_role_policy", RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))
