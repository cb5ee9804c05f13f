"""What a service tells who keeps state in AWS: somebody was first, try later, or something has to be set right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, NoRegionError

from sre_agent.aws_services.clients import AwsServices
from sre_agent.aws_services.conditions import ConditionFailedError
from sre_agent.aws_services.failures import as_ours
from sre_agent.errors import PermanentError, SettingsError, TemporaryError
from sre_agent.settings import StateAccess
from tests.slots import moto

pytestmark = pytest.mark.anyio


@pytest.fixture
def state(tmp_path: Path) -> StateAccess:
    return moto.make_slots(moto.state_of_its_own(tmp_path), "checkpoint")


@pytest.fixture
def services(state: StateAccess) -> Iterator[AwsServices]:
    services = AwsServices(state)
    yield services
    services.close()


def refusal(code: str, status: int = 400, **more: Any) -> ClientError:
    error_response = {"Error": {"Code": code, "Message": "why"}, "ResponseMetadata": {"HTTPStatusCode": status}, **more}
    return ClientError(error_response, "PutItem")


async def test_the_second_of_two_conditional_writes_is_told_what_is_there(
    services: AwsServices, state: StateAccess
) -> None:
    item = {"PK": {"S": "a"}, "SK": {"S": "b"}, "by": {"S": "first"}}
    put = {"TableName": state.checkpoint_table, "ConditionExpression": "attribute_not_exists(PK)"}
    await services.call("dynamodb", "put_item", Item=item, **put)
    with pytest.raises(ConditionFailedError) as refused:
        await services.call(
            "dynamodb", "put_item", Item=item | {"by": {"S": "second"}}, ReturnValuesOnConditionCheckFailure="ALL_OLD",
            **put,
        )  # fmt: skip
    assert refused.value.item == item


async def test_a_table_that_is_not_there_is_a_fault_of_the_settings(services: AwsServices) -> None:
    with pytest.raises(SettingsError, match=r"GetItem: what the settings name is not there"):
        await services.call("dynamodb", "get_item", TableName="none", Key={"PK": {"S": "a"}, "SK": {"S": "b"}})


def test_a_table_can_be_restored_and_forgets_what_has_expired(services: AwsServices, state: StateAccess) -> None:
    where = {"TableName": state.checkpoint_table}
    backups = services.ask("dynamodb", "describe_continuous_backups", **where)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    expiry = services.ask("dynamodb", "describe_time_to_live", **where)["TimeToLiveDescription"]
    assert (expiry["TimeToLiveStatus"], expiry["AttributeName"]) == ("ENABLED", "ttl")


@pytest.mark.parametrize(
    ("problem", "ours", "text"),
    [
        (refusal("ProvisionedThroughputExceededException"), TemporaryError, "is busy"),
        (refusal("Whatever", 503), TemporaryError, "is busy"),
        (EndpointConnectionError(endpoint_url="http://x"), TemporaryError, "did not respond"),
        (ConnectTimeoutError(endpoint_url="http://x"), TemporaryError, "did not respond"),
        (refusal("AccessDeniedException"), SettingsError, "denies PutItem: allow it"),
        (refusal("ExpiredTokenException"), SettingsError, "renew them"),
        (NoRegionError(), SettingsError, "state_region"),
        (refusal("ValidationException"), PermanentError, "was refused"),
    ],
)
def test_an_error_says_whether_asking_again_helps(problem: Any, ours: type[Exception], text: str) -> None:
    error = as_ours(problem)
    assert type(error) is ours and text in str(error)


@pytest.mark.parametrize(
    ("codes", "ours"),
    [
        (["None", "ConditionalCheckFailed"], ConditionFailedError),
        (["TransactionConflict", "ConditionalCheckFailed"], ConditionFailedError),
        (["TransactionConflict", "None"], TemporaryError),
        (["ThrottlingError"], TemporaryError),
        (["ItemCollectionSizeLimitExceeded"], PermanentError),
    ],
)
def test_a_transaction_that_was_cancelled_failed_by_its_condition_first(codes: list[str], ours: type) -> None:
    reasons = [{"Code": code} for code in codes]
    error = as_ours(refusal("TransactionCanceledException", CancellationReasons=reasons))
    assert type(error) is ours


def test_a_list_comes_page_by_page_and_an_error_on_any_page_is_ours(services: AwsServices, state: StateAccess) -> None:
    names = [f"item-{number}" for number in range(5)]
    for name in names:
        item = {"PK": {"S": "list"}, "SK": {"S": name}}
        services.ask("dynamodb", "put_item", TableName=state.checkpoint_table, Item=item)
    pages = list(services.pages("dynamodb", "scan", TableName=state.checkpoint_table, Limit=2))
    assert [item["SK"]["S"] for page in pages for item in page["Items"]] == names
    assert len(pages) > 2
    halfway = services.pages("dynamodb", "scan", TableName=state.checkpoint_table, Limit=2)
    next(halfway)
    services.ask("dynamodb", "delete_table", TableName=state.checkpoint_table)
    with pytest.raises(SettingsError, match=r"Scan: what the settings name is not there"):
        next(halfway)
