"""Whether what keeps the state in AWS can be reached and used: each engine of the settings, asked as a run would.

A right to write is found without writing: the request carries a condition that never holds, or is a dry run, so that
it is refused for that once it is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from mcp_servers.contract.permit_keys import ITEM
from sre_agent.aws_services.clients import AwsServices
from sre_agent.aws_services.conditions import ConditionFailedError, code_of
from sre_agent.aws_services.definitions import Table, tables
from sre_agent.errors import SettingsError, SreAgentError
from sre_agent.settings import StateAccess

NEVER: Final = "doctor"  # the key of an item and of an object that are never written
INVALID: Final = "ValidationException"
NO_OBJECT: Final = "NoSuchKey"
NO_VALUE: Final = "ResourceNotFoundException"
DRY_RUN: Final = "DryRunOperationException"
ED25519: Final = "ED25519_SHA_512"  # as permits are signed
MEMORY: Final = "bedrock-agentcore"
BACKUPS: Final = "PointInTimeRecoveryDescription"


@dataclass(frozen=True)
class Probe:
    """`ask` raises what keeps a run from using this engine; its answer is a remark, empty where there is none."""

    what: str
    request: str
    ask: Callable[[], str]


@dataclass(frozen=True)
class ProbeResult:
    """`problem` says what is missing, and `remark` what should be otherwise and keeps nothing from working."""

    what: str
    request: str
    problem: str = ""
    remark: str = ""


def probe(settings: StateAccess) -> list[ProbeResult]:
    """Every engine of these settings in AWS, each asked once; waits for them."""
    services, results = AwsServices(settings), []
    try:
        for one in _probes(services, settings):
            try:
                results.append(ProbeResult(one.what, one.request, remark=one.ask()))
            except SreAgentError as problem:
                results.append(ProbeResult(one.what, one.request, problem=str(problem)))
    finally:
        services.close()
    return results


def _probes(services: AwsServices, settings: StateAccess) -> Iterator[Probe]:
    in_dynamodb = {slot for slot in ("store", "checkpoint", "used_permits") if getattr(settings, slot) == "dynamodb"}
    if settings.permit_keys in ("secretsmanager", "kms"):
        in_dynamodb.add("used_permits")  # whose table has the public keys
    for slot, table in tables(settings).items():
        if slot in in_dynamodb:
            key = ITEM if slot == "used_permits" else NEVER  # the only item there that a responder may write
            yield Probe(slot.replace("_", " "), f"DynamoDB table {table.name}", partial(_table, services, table, key))
    if in_dynamodb & {"store", "checkpoint"}:
        bucket = settings.state_bucket
        yield Probe("large state", f"S3 bucket {bucket or '(state_bucket)'}", partial(_bucket, services, bucket))
    if settings.queue == "sqs":
        yield Probe("queue", settings.queue_url or "(queue_url)", partial(_queue, services, settings.queue_url))
        group = settings.schedule_group
        yield Probe("wake-ups", f"schedule group {group}", partial(_schedules, services, group))
    if settings.store == "dynamodb":
        yield Probe(
            "record key", f"secret {settings.record_secret}", partial(_record_key, services, settings.record_secret)
        )
    if settings.past_incidents == "agentcore_memory":
        memory = settings.memory_id
        yield Probe("past incidents", f"memory {memory or '(memory_id)'}", partial(_memory, services, memory))
    if settings.permit_keys == "secretsmanager":
        yield Probe(
            "permit key", f"secret {settings.permit_secret}", partial(_secret, services, settings.permit_secret)
        )
    if settings.permit_keys == "kms":
        yield Probe(
            "permit key", f"KMS key {settings.permit_kms_key}", partial(_kms, services, settings.permit_kms_key)
        )


def _table(services: AwsServices, table: Table, item: str) -> str:
    key = {name: {kind: item} for name, kind in table.keys}
    services.ask("dynamodb", "get_item", TableName=table.name, Key=key, ConsistentRead=True)
    first = table.keys[0][0]
    with suppress(ConditionFailedError):
        services.ask(
            "dynamodb",
            "put_item",
            TableName=table.name,
            Item=key,
            ConditionExpression="attribute_exists(#key) AND attribute_not_exists(#key)",
            ExpressionAttributeNames={"#key": first},
        )
    try:
        backups = services.ask("dynamodb", "describe_continuous_backups", TableName=table.name)
    except SreAgentError:
        return ""  # a run needs no right to ask that
    description = backups["ContinuousBackupsDescription"].get(BACKUPS, {})
    is_on = description.get("PointInTimeRecoveryStatus") == "ENABLED"
    return "" if is_on else "point-in-time recovery is off: what is deleted or overwritten cannot be restored"


def _bucket(services: AwsServices, bucket: str) -> str:
    _is_refused_as(NO_OBJECT, partial(services.ask, "s3", "get_object", Bucket=bucket, Key=NEVER))
    with suppress(ConditionFailedError):
        write = partial(services.ask, "s3", "put_object", Bucket=bucket, Key=NEVER, Body=b"", IfMatch='"never"')
        _is_refused_as(NO_OBJECT, write)
    return ""


def _queue(services: AwsServices, url: str) -> str:
    answer = services.ask("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=["All"])
    attributes = answer.get("Attributes", {})
    if attributes.get("FifoQueue") != "true":
        return "it is no FIFO queue: two workers may take one incident, and wait for its lease"
    return "" if "RedrivePolicy" in attributes else "it has no dead-letter queue (RedrivePolicy)"


def _schedules(services: AwsServices, group: str) -> str:
    services.ask("scheduler", "get_schedule_group", Name=group)
    return ""


def _memory(services: AwsServices, memory: str) -> str:
    """A list of no records is written and removed: where it is refused as invalid, the right to it was there."""
    if not memory:
        raise SettingsError("past_incidents = agentcore_memory needs memory_id, the memory's id or ARN.")
    services.ask(MEMORY, "list_memory_records", memoryId=memory, namespacePath="/sre-agent", maxResults=1)
    for operation in ("batch_create_memory_records", "batch_delete_memory_records"):
        _is_refused_as(INVALID, partial(services.ask, MEMORY, operation, memoryId=memory, records=[]))
    return ""


def _record_key(services: AwsServices, secret: str) -> str:
    read = partial(services.ask, "secretsmanager", "get_secret_value", SecretId=secret)
    return "it is not there yet; the first process makes it, if it may" if _is_refused_as(NO_VALUE, read) else ""


def _secret(services: AwsServices, secret: str) -> str:
    services.ask("secretsmanager", "describe_secret", SecretId=secret)
    read = partial(services.ask, "secretsmanager", "get_secret_value", SecretId=secret)
    return "it has no key yet; the first permit makes one" if _is_refused_as(NO_VALUE, read) else ""


def _kms(services: AwsServices, key: str) -> str:
    services.ask("kms", "get_public_key", KeyId=key)
    how = {"Message": b"x", "MessageType": "RAW", "SigningAlgorithm": ED25519, "DryRun": True}
    _is_refused_as(DRY_RUN, partial(services.ask, "kms", "sign", KeyId=key, **how))
    return ""


def _is_refused_as(code: str, ask: Callable[[], object]) -> bool:
    """Whether AWS answers with this error, which shows that the right was there. Raises any other."""
    try:
        ask()
    except SreAgentError as problem:
        if code_of(problem) != code:
            raise
        return True
    return False
