"""Batch jobs of the lab's Bedrock, met by boto3 as a stranger would meet them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sre_lab.aws import bedrock
from tests.lab_aws.conftest import Aws

HAIKU = "global.anthropic.claude-haiku-4-5-20251001-v1:0"
ROLE = "arn:aws:iam::123456789012:role/batch"
BUCKET = "overnight"


def record(number: int, text: str = "") -> dict[str, Any]:
    message = {"role": "user", "content": [{"text": text or f"Question {number}?"}]}
    return {"recordId": f"R{number}", "modelInput": {"messages": [message], "inferenceConfig": {"maxTokens": 50}}}


def put(aws: Aws, *records: Any, key: str = "in/requests.jsonl") -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=BUCKET, Key=key, Body="\n".join(json.dumps(one) for one in records))


def create(aws: Aws, **fields: Any) -> str:
    request = {
        "jobName": "nightly",
        "roleArn": ROLE,
        "modelId": HAIKU,
        "modelInvocationType": "Converse",
        "inputDataConfig": {"s3InputDataConfig": {"s3Uri": f"s3://{BUCKET}/in/"}},
        "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": f"s3://{BUCKET}/out/"}},
    }
    return str(aws.client("bedrock").create_model_invocation_job(**(request | fields))["jobArn"])


def look(aws: Aws, job: str) -> dict[str, Any]:
    answer: dict[str, Any] = aws.client("bedrock").get_model_invocation_job(jobIdentifier=job)
    return answer


def output(aws: Aws, job: str) -> tuple[dict[str, dict[str, Any]], dict[str, int]]:
    """The lines by record, and the manifest."""
    folder, s3 = f"out/{job.rpartition('/')[2]}", aws.client("s3")
    lines = s3.get_object(Bucket=BUCKET, Key=f"{folder}/requests.jsonl.out")["Body"].read().decode().splitlines()
    manifest = json.loads(s3.get_object(Bucket=BUCKET, Key=f"{folder}/manifest.json.out")["Body"].read())
    return {line["recordId"]: line for line in map(json.loads, lines)}, manifest


def play(aws: Aws, *turns: dict[str, Any], **batch: Any) -> None:
    bedrock.play(aws.world, bedrock.ModelScript.model_validate({"turns": turns, "batch": batch}))


def test_a_job_goes_through_its_states_and_leaves_an_answer_to_each_record(aws: Aws) -> None:
    play(aws, {"when": {"last": "Question 7"}, "text": "Seven."}, queue_seconds=60, record_seconds=1)
    put(aws, *(record(number) for number in range(100)))
    job = create(aws)

    looks = [look(aws, job)]
    for seconds in (5, 10, 60, 50, 50):
        aws.advance(seconds)
        looks.append(look(aws, job))

    states = ["Submitted", "Validating", "Scheduled", "InProgress", "InProgress", "Completed"]
    assert [one["status"] for one in looks] == states
    assert [one["processedRecordCount"] for one in looks] == [0, 0, 0, 0, 50, 100]
    assert (looks[1]["totalRecordCount"], looks[2]["totalRecordCount"]) == (0, 100)
    assert looks[-1]["endTime"] > looks[-1]["submitTime"]
    lines, manifest = output(aws, job)
    assert len(lines) == 100
    assert lines["R7"]["modelOutput"]["output"]["message"]["content"] == [{"text": "Seven."}]
    assert lines["R7"]["modelInput"] == record(7)["modelInput"]
    assert "model of the embedded lab" in json.dumps(lines["R8"]["modelOutput"])
    assert (manifest["successRecordCount"], manifest["errorRecordCount"]) == (100, 0)
    assert manifest["inputTokenCount"] > 100


def test_a_record_that_fails_has_its_error_in_the_place_of_an_answer(aws: Aws) -> None:
    play(aws, {"when": {"last": "second"}, "fault": "ModelTimeoutException"}, minimum=3)
    put(aws, record(1), record(2, "The second."), {"recordId": "R3", "modelInput": {"messages": []}})
    job = create(aws)
    aws.advance(600)

    answer, (lines, manifest) = look(aws, job), output(aws, job)
    assert (answer["status"], answer["successRecordCount"], answer["errorRecordCount"]) == ("Completed", 1, 2)
    assert lines["R2"]["error"]["errorCode"] == 408 and "timed out" in lines["R2"]["error"]["errorMessage"]
    assert lines["R3"]["error"]["errorCode"] == 400 and "modelOutput" not in lines["R3"]
    assert manifest["errorRecordCount"] == 2


@pytest.mark.parametrize(
    ("records", "says"),
    [
        ([record(1)], "contains less records (1) than the required minimum of: 2"),
        ([record(n) for n in range(5)], "contains more records (5) than the allowed maximum of: 4"),
        ([record(1), {"recordId": "R2"}], "Line 2 of in/requests.jsonl has no modelInput"),
    ],
)
def test_a_job_whose_records_are_not_in_order_fails_its_validation(aws: Aws, records: list[Any], says: str) -> None:
    play(aws, minimum=2, maximum=4)
    put(aws, *records)
    job = create(aws)
    aws.advance(600)

    answer = look(aws, job)
    assert (answer["status"], answer["totalRecordCount"]) == ("Failed", 0)
    assert says in answer["message"]


def test_a_job_without_its_files_fails(aws: Aws) -> None:
    nowhere = create(aws)
    aws.advance(600)
    put(aws, record(1), key="in/requests.txt")
    no_file = create(aws)
    aws.advance(600)

    assert "bucket does not exist" in look(aws, nowhere)["message"]
    assert "no .jsonl file" in look(aws, no_file)["message"]


def test_a_job_that_does_not_begin_in_its_time_expires_and_one_that_does_not_end_is_partial(aws: Aws) -> None:
    put(aws, *(record(number) for number in range(100)))
    play(aws, queue_seconds=25 * 3600)
    waits = create(aws)
    aws.advance(24 * 3600)
    play(aws, record_seconds=1000)
    slow = create(aws)
    aws.advance(24 * 3600)

    assert (look(aws, waits)["status"], look(aws, slow)["status"]) == ("Expired", "PartiallyCompleted")
    lines, manifest = output(aws, slow)
    assert 0 < len(lines) == manifest["processedRecordCount"] < 100


def test_a_stopped_job_keeps_what_it_has_and_cannot_be_stopped_again(aws: Aws) -> None:
    play(aws, record_seconds=1)
    put(aws, *(record(number) for number in range(100)))
    job, client = create(aws), aws.client("bedrock")
    aws.advance(5 + 10 + 60 + 50)

    client.stop_model_invocation_job(jobIdentifier=job)
    assert look(aws, job)["status"] == "Stopping"
    aws.advance(10)
    assert look(aws, job)["status"] == "Stopped"
    assert len(output(aws, job)[0]) == 50
    with pytest.raises(ClientError, match="has ended") as again:
        client.stop_model_invocation_job(jobIdentifier=job)
    assert again.value.response["Error"]["Code"] == "ConflictException"


def test_the_same_token_is_the_same_job_and_jobs_are_listed_newest_first(aws: Aws) -> None:
    put(aws, record(1))
    first = create(aws, clientRequestToken="one")
    aws.advance(60)
    assert create(aws, clientRequestToken="one") == first
    second = create(aws, jobName="daily", clientRequestToken="two")
    client = aws.client("bedrock")

    jobs = client.list_model_invocation_jobs()["invocationJobSummaries"]
    assert [job["jobArn"] for job in jobs] == [second, first]
    failed = client.list_model_invocation_jobs(statusEquals="Failed", nameContains="night")["invocationJobSummaries"]
    assert [job["jobArn"] for job in failed] == [first]
    pages = [client.list_model_invocation_jobs(maxResults=1)]
    pages.append(client.list_model_invocation_jobs(maxResults=1, nextToken=pages[0]["nextToken"]))
    assert [page["invocationJobSummaries"][0]["jobName"] for page in pages] == ["daily", "nightly"]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"modelId": "gpt"}, "identifier is invalid"),
        ({"roleArn": "batch-role-that-is-no-arn"}, "roleArn"),
        ({"jobName": "two words"}, "jobName"),
        ({"modelInvocationType": "InvokeModel"}, "Converse only"),
        ({"inputDataConfig": {"s3InputDataConfig": {"s3Uri": "overnight/in"}}}, "inputDataConfig.s3Uri"),
        ({"timeoutDurationInHours": 169}, "24 to 168"),
    ],
)
def test_a_job_that_the_service_would_refuse_is_refused(aws: Aws, fields: dict[str, Any], says: str) -> None:
    with pytest.raises(ClientError, match=says) as refused:
        create(aws, **fields)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_a_job_is_found_by_its_id_alone_and_an_unknown_one_is_not(aws: Aws) -> None:
    job = create(aws)

    assert look(aws, job.rpartition("/")[2])["jobArn"] == job
    with pytest.raises(ClientError, match="Could not find") as unknown:
        look(aws, "aaaaaaaaaaaa")
    assert unknown.value.response["Error"]["Code"] == "ResourceNotFoundException"
