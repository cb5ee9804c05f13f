"""The event history of CloudTrail has who asked for a secret and when, and nothing of what is in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.lab_aws.conftest import Aws

VALUE = "made up for this test"


def names(answer: dict[str, Any]) -> list[str]:
    return [event["EventName"] for event in answer["Events"]]


def of_resource(name: str) -> list[dict[str, str]]:
    return [{"AttributeKey": "ResourceName", "AttributeValue": name}]


def test_who_read_a_secret_is_found_by_its_name_and_what_it_holds_is_not_there(aws: Aws) -> None:
    secrets, trail = aws.client("secretsmanager"), aws.client("cloudtrail")
    for name in ("ours/alarm_sources", "ours/other"):
        secrets.create_secret(Name=name, SecretString=VALUE)
    aws.advance(3600)
    secrets.get_secret_value(SecretId="ours/alarm_sources")
    answer = trail.lookup_events(LookupAttributes=of_resource("ours/alarm_sources"))
    assert names(answer) == ["GetSecretValue", "CreateSecret"]
    read, creation = answer["Events"]
    assert (read["EventTime"] - creation["EventTime"]).total_seconds() == 3600
    assert (read["ReadOnly"], creation["ReadOnly"], read["Username"]) == ("true", "false", "any")
    assert VALUE not in json.dumps(answer, default=str)
    by_name = [{"AttributeKey": "EventName", "AttributeValue": "CreateSecret"}]
    assert names(trail.lookup_events(LookupAttributes=by_name, MaxResults=1)) == ["CreateSecret"]
    late = trail.lookup_events(StartTime=read["EventTime"], LookupAttributes=of_resource("ours/alarm_sources"))
    assert names(late) == ["GetSecretValue"]


def test_the_history_comes_page_by_page_and_takes_one_attribute(aws: Aws) -> None:
    secrets, trail = aws.client("secretsmanager"), aws.client("cloudtrail")
    for number in range(5):
        secrets.create_secret(Name=f"ours/{number}", SecretString=VALUE)
    pages = [page["Events"] for page in trail.get_paginator("lookup_events").paginate(PaginationConfig={"PageSize": 2})]
    assert [len(page) for page in pages] == [2, 2, 1]
    with pytest.raises(ClientError, match="InvalidLookupAttributesException"):
        trail.lookup_events(LookupAttributes=of_resource("a") + of_resource("b"))
