"""What `ops weekly` finds in the installation's own account, and that it finds nothing as Terraform leaves it."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sre_agent.ops.markdown import headline
from sre_agent.ops.shipped_policies import ROLES
from tests.ops.account import TOPIC, deploy, put_policy, render
from tests.ops.own import OwnInstallation, own_installation

pytestmark = pytest.mark.anyio
NOTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}
NUMBERS = itertools.count(1)
NOW = datetime.now(UTC)  # moto dates secrets by the wall's clock


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[OwnInstallation]:
    name = f"weekly-{next(NUMBERS)}"
    async with own_installation(tmp_path, NOW, installation=name) as own:
        await deploy(own)
        yield own


async def test_as_terraform_leaves_it_nothing_is_wrong(own: OwnInstallation) -> None:
    report = await own.report("weekly")
    assert report.verdict == "well", headline(report)
    assert {one.check for one in report.results if one.state == "not_set_up"} == {
        "image scan",
        "certificates",
        "backup integrity",
    }


async def test_a_role_that_drifted_is_told_by_what_it_may_do_now(own: OwnInstallation) -> None:
    name = own.installation.name
    wider = render("aws/reader.json", name)
    wider["Statement"][0]["Action"].append("s3:GetObject")
    await put_policy(own, f"{name}-reader", "read", wider)
    drift = await own.result("role drift")
    assert drift.state == "problem"
    assert drift.statement == f"{name}-reader, policy read, allows more than is shipped: s3:getobject on *."


async def test_what_is_attached_beside_the_shipped_policies_is_drift_too(own: OwnInstallation) -> None:
    role = f"{own.installation.name}-responder"
    await put_policy(own, role, "by-hand", NOTHING)
    await own.ask("iam", "delete_role_policy", RoleName=role, PolicyName="own-state")
    drift = await own.result("role drift")
    assert [drift.statement, *drift.details] == [
        f"{role} has no policy own-state.",
        f"{role} has a policy by-hand that is not shipped.",
    ]


async def test_an_alarm_that_is_gone_softer_or_mute_is_told(own: OwnInstallation) -> None:
    name = own.installation.name
    await own.ask("cloudwatch", "delete_alarms", AlarmNames=[f"{name}-model-unavailable"])
    await own.ask("cloudwatch", "disable_alarm_actions", AlarmNames=[f"{name}-cost-per-hour"])
    await own.ask(
        "cloudwatch",
        "put_metric_alarm",
        AlarmName=f"{name}-errors-in-log",
        Namespace="SreAgent",
        MetricName="LogErrors",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=3,
        Threshold=500,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[TOPIC],
    )
    alarms = await own.result("alarm settings")
    assert alarms.state == "problem"
    assert {alarms.statement, *alarms.details} == {
        f"The alarm {name}-model-unavailable is missing.",
        f"The alarm {name}-cost-per-hour tells nobody: its actions are off.",
        f"The alarm {name}-errors-in-log is not as shipped: threshold is 500.0 instead of 5.",
    }


async def test_a_log_that_is_kept_for_ever_or_gone_before_its_incidents_is_told(own: OwnInstallation) -> None:
    group = f"/sre-agent/{own.installation.name}"
    await own.ask("logs", "put_retention_policy", logGroupName=group, retentionInDays=30)
    assert "kept for 30 days, and incidents for 90" in (await own.result("log retention")).statement
    await own.ask("logs", "delete_retention_policy", logGroupName=group)
    assert (await own.result("log retention")).statement.endswith("is kept for ever.")


async def test_a_secret_is_told_two_weeks_before_it_expires_and_when_it_has(own: OwnInstallation) -> None:
    end, secret = NOW + timedelta(days=20), f"{own.installation.name}/slack"
    tags = [{"Key": "expires", "Value": f"{end:%Y-%m-%d}"}]
    await own.ask("secretsmanager", "tag_resource", SecretId=secret, Tags=tags)
    states = []
    for days in (0, 8, 21):
        own.clock.move_to(NOW + timedelta(days=days))
        states.append((await own.result("secrets")).state)
    assert states == ["ok", "warning", "problem"]


async def test_a_secret_that_nothing_rotates_grows_old(own: OwnInstallation) -> None:
    own.clock.move_to(NOW + timedelta(days=181))
    secrets = await own.result("secrets")
    assert secrets.state == "warning" and len(secrets.details) == 1, "both of them"


async def test_a_secret_in_a_plain_parameter_is_told_without_its_value(own: OwnInstallation) -> None:
    key = "xoxb-" + "123456789012-" * 2 + "a1B2c3D4e5F6g7H8i9J0k1L2"
    await own.ask("ssm", "put_parameter", Name=f"/{own.installation.name}/slack", Value=key, Type="String")
    plain = await own.result("plain parameters")
    assert plain.state == "problem" and "looks like a secret" in plain.statement
    assert key not in plain.model_dump_json()


async def test_an_image_with_critical_findings_is_a_problem(own: OwnInstallation) -> None:
    name = own.installation.name
    await own.ask("ecr", "create_repository", repositoryName=name)
    manifest = '{"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "layers": []}'
    await own.ask("ecr", "put_image", repositoryName=name, imageManifest=manifest, imageTag="1.0")
    assert (await own.result("image scan")).statement == "The image 1.0 was not scanned."
    await own.ask("ecr", "start_image_scan", repositoryName=name, imageId={"imageTag": "1.0"})
    scan = await own.result("image scan")
    assert scan.state in ("problem", "warning") and scan.figures, "moto has findings of its own"


async def test_a_role_of_backups_that_may_change_the_state_is_drift_and_an_installation_may_do_without_one(
    own: OwnInstallation,
) -> None:
    name = own.installation.name
    wider = render(ROLES["backup"]["backup"], name)
    wider["Statement"][0]["Action"].append("dynamodb:DeleteItem")
    await put_policy(own, f"{name}-backup", "backup", wider)
    drift = await own.result("role drift")
    assert (
        drift.state == "problem"
        and "policy backup, allows more than is shipped: dynamodb:deleteitem" in drift.statement
    )
    await own.ask("iam", "delete_role_policy", RoleName=f"{name}-backup", PolicyName="backup")
    await own.ask("iam", "delete_role", RoleName=f"{name}-backup")
    assert (await own.result("role drift")).state == "ok"
