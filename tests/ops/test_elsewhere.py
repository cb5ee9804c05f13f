"""Checks against what only AWS has: the state in DynamoDB, the bill, certificates, and who may assume a role."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sre_agent.ops.objectives import objectives
from tests.ops.account import deploy
from tests.ops.own import BEGIN, OwnInstallation, own_installation
from tests.slots import moto

pytestmark = pytest.mark.anyio
NOW = datetime.now(UTC)  # a certificate that has not begun is refused


async def test_the_same_day_is_told_of_a_state_in_dynamodb(tmp_path: Path) -> None:
    place = moto.make_slots(moto.state_of_its_own(tmp_path, store="dynamodb"), "store", bucket=True)
    names = ("store", "store_table", "state_bucket", "record_secret")
    async with own_installation(tmp_path, **{name: getattr(place, name) for name in names}) as own:
        for _ in range(3):
            await own.incident()
        await own.dead_letter(await own.incident("tools_unavailable"))
        own.clock.move_to(BEGIN + timedelta(minutes=4))
        report = await own.report("daily")
        own.clock.move_to(BEGIN + timedelta(hours=1))
        _, in_time, _ = await objectives(own.installation)
    wrong = {one.check: one.state for one in report.results if one.state in ("warning", "problem", "unseen")}
    assert wrong == {"runs": "warning", "queue": "problem"}
    assert report.place.startswith("table ") and (in_time.good, in_time.total) == (4, 4)


async def test_looks_that_sqs_put_aside_are_told_beside_the_dead_letters_of_the_store(tmp_path: Path) -> None:
    async with own_installation(tmp_path) as own:
        fifo = {"FifoQueue": "true"}
        dead = (await own.ask("sqs", "create_queue", QueueName="looks-dead.fifo", Attributes=fifo))["QueueUrl"]
        about = await own.ask("sqs", "get_queue_attributes", QueueUrl=dead, AttributeNames=["QueueArn"])
        redrive = json.dumps({"deadLetterTargetArn": about["Attributes"]["QueueArn"], "maxReceiveCount": 5})
        attributes = fifo | {"RedrivePolicy": redrive}
        url = (await own.ask("sqs", "create_queue", QueueName="looks.fifo", Attributes=attributes))["QueueUrl"]
        look = {"MessageBody": "inc-1", "MessageGroupId": "inc-1", "MessageDeduplicationId": "1"}
        await own.ask("sqs", "send_message", QueueUrl=dead, **look)
    async with own_installation(tmp_path, queue="sqs", queue_url=url) as own:
        queue = await own.result("queue")
    assert (queue.state, queue.figures["dead_looks"]) == ("warning", 1)


def cut_a_part(place: str) -> None:
    part = next(Path(place).glob("backup-*/incidents.sqlite.gz"))
    part.write_bytes(part.read_bytes()[:-1])


async def test_parts_of_a_backup_are_compared_also_by_who_may_not_use_the_key_that_it_is_sealed_with(
    tmp_path: Path,
) -> None:
    """moto denies what it did not seal with the key that it is asked for."""
    place = str(tmp_path / "backups")
    async with own_installation(tmp_path) as own:
        key, other = [(await own.ask("kms", "create_key"))["KeyMetadata"]["Arn"] for _ in range(2)]
        await own.incident()
    for kms_key, keys in ((key, "are as written."), (other, "its keys were not opened")):
        async with own_installation(tmp_path, backup_to=place, backup_kms_key=kms_key) as own:
            if kms_key == key:
                own.back_up()
            integrity = await own.result("backup integrity")
        assert integrity.state == "ok" and keys in integrity.statement
    cut_a_part(place)
    async with own_installation(tmp_path, backup_to=place, backup_kms_key=other) as own:
        assert (await own.result("backup integrity")).state == "problem"


async def test_the_bill_is_asked_for_where_that_is_allowed_and_told_by_service(tmp_path: Path) -> None:
    groups = [
        {"Keys": [name], "Metrics": {"UnblendedCost": {"Amount": amount, "Unit": "USD"}}}
        for name, amount in (("Amazon Bedrock", "12.5"), ("Amazon DynamoDB", "1.25"))
    ]
    bill = {"ResultsByTime": [{"Groups": groups}]}
    async with httpx.AsyncClient() as client:
        await client.post(f"{moto.address()}/moto-api/static/ce/cost-and-usage-results", json={"results": [bill]})
    async with own_installation(tmp_path, BEGIN + timedelta(days=4), cost_explorer=True) as own:
        result = await own.result("AWS bill")
    assert result.statement == "AWS bills $13.75 for this account from 2026-09-01 until yesterday."
    assert result.details[0] == "$12.50 Amazon Bedrock"


async def test_a_certificate_is_told_a_month_before_its_end_and_is_urgent_in_the_last_week(tmp_path: Path) -> None:
    async with own_installation(tmp_path, NOW, installation="with-tls") as own:
        await _listen(own, "with-tls", NOW + timedelta(days=60))
        states = []
        for days in (1, 40, 58):
            own.clock.move_to(NOW + timedelta(days=days))
            states.append((await own.result("certificates")).state)
    assert states == ["ok", "warning", "problem"]


async def _listen(own: OwnInstallation, name: str, end: datetime) -> None:
    """A load balancer with a certificate that ends then."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "responder.example.com")])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    certificate = builder.not_valid_before(NOW - timedelta(days=1)).not_valid_after(end).sign(key, hashes.SHA256())
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    upload = await own.ask(
        "acm",
        "import_certificate",
        Certificate=certificate.public_bytes(pem),
        PrivateKey=key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain),
    )
    subnets = (await own.ask("ec2", "describe_subnets"))["Subnets"][:2]
    balancer = await own.ask("elbv2", "create_load_balancer", Name=name, Subnets=[one["SubnetId"] for one in subnets])
    response = {"ContentType": "text/plain", "StatusCode": "404"}
    await own.ask(
        "elbv2",
        "create_listener",
        LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": upload["CertificateArn"]}],
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": response}],
    )


async def test_a_role_that_anybody_or_another_account_may_assume_is_told(tmp_path: Path) -> None:
    async with own_installation(tmp_path, installation="trusting") as own:
        await deploy(own)
        other = "arn:aws:iam::999999999999:root"
        for principal, words in (("*", "anybody"), (other, other)):
            statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
            trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            await own.ask("iam", "update_assume_role_policy", RoleName="trusting-reader", PolicyDocument=trust)
            assert (await own.result("role drift")).statement == f"trusting-reader may be assumed by {words}."
