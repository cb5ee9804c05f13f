"""Batch inference of Amazon Bedrock: records in S3, a job over them, answers in S3. Every call here blocks.

A record is what Converse would be sent, and an answer is what Converse would give, so LangChain's own model writes the
one and reads the other: its client is stopped before it sends anything.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any, Final, TypeVar, cast

from botocore.awsrequest import AWSResponse
from botocore.exceptions import BotoCoreError, ClientError
from langchain_aws import ChatBedrockConverse
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel

from sre_agent.errors import ModelUnavailableError, PermanentError, SettingsError, SreAgentError
from sre_agent.model.address import ModelAddress
from sre_agent.model.batch.job import State
from sre_agent.model.bedrock import open_model, outcome, runtime_client
from sre_agent.model.bedrock_advice import advice
from sre_agent.model.client import ModelClient
from sre_agent.settings import ModelAccess

T = TypeVar("T")
ATTEMPTS: Final = 4  # nobody waits for a batch, so the SDK may try again
LONGEST_ERROR: Final = 500  # characters
NOTHING: Final[dict[str, Any]] = {
    "output": {"message": {"role": "assistant", "content": [{"text": "-"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 0, "outputTokens": 0, "totalTokens": 0},
    "metrics": {"latencyMs": 0},
}
NEEDS: Final = (
    "This identity needs bedrock:CreateModelInvocationJob, bedrock:GetModelInvocationJob and"
    " bedrock:ListModelInvocationJobs, iam:PassRole for the role (model_batch_role), and s3:PutObject, s3:GetObject and"
    " s3:ListBucket for the bucket (model_batch_bucket)."
)


@dataclass(frozen=True)
class BatchJobStatus:
    """A job as Bedrock tells it."""

    state: State
    message: str
    ended_at: datetime | None
    processed: int
    failed: int


class BedrockBatch:
    """`place` is always `s3://BUCKET/PREFIX` of one job. Every method raises SreAgentError where AWS refuses.

    What a call does not need is not opened.
    """

    def __init__(self, address: ModelAddress, settings: ModelAccess) -> None:
        self._address, self._settings = address, settings
        self._close: list[Callable[[], None]] = []
        self._body: dict[str, Any] = {}
        self._answer: dict[str, Any] = NOTHING

    def body(self, messages: Sequence[BaseMessage], schema: type[BaseModel] | None = None) -> dict[str, Any]:
        """The Converse request of these messages, for an instance of the schema where there is one."""
        self._answer = NOTHING
        tools = [] if schema is None else [convert_to_openai_tool(schema)]
        self._open.bound(tools, schema is not None).invoke(list(messages))
        return self._body

    def message(self, output: dict[str, Any]) -> AIMessage:
        """The answer in a record's `modelOutput`. Raises ValueError for one that is no answer of Converse."""
        self._answer = output
        try:
            return self._open.chat.invoke([HumanMessage("-")])
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as problem:
            raise ValueError(f"the record holds no answer of Converse ({type(problem).__name__})") from problem

    def send(self, name: str, place: str, bodies: Sequence[dict[str, Any]]) -> str:
        """Write the records, numbered from 0, and create the job; its ARN. The same name never makes a second job."""
        bucket, prefix = _parts(place)
        lines = [json.dumps({"recordId": f"{n:011d}", "modelInput": body}) for n, body in enumerate(bodies)]
        text = "\n".join(lines).encode()
        self._call("write the requests", lambda: self._put(bucket, f"{prefix}/in/requests.jsonl", text))
        created = self._call(
            "create the batch job",
            lambda: self._jobs.create_model_invocation_job(
                jobName=name,
                clientRequestToken=name,
                roleArn=self._settings.model_batch_role,
                modelId=self._address.name,
                modelInvocationType="Converse",
                inputDataConfig={"s3InputDataConfig": {"s3Uri": f"{place}/in/", "s3InputFormat": "JSONL"}},
                outputDataConfig={"s3OutputDataConfig": {"s3Uri": f"{place}/out/"}},
            ),
        )
        return str(created["jobArn"])

    def find(self, name: str) -> str:
        """The ARN of the job of that name; empty where there is none."""
        listing = self._call("look for the job", lambda: self._jobs.list_model_invocation_jobs(nameContains=name))
        arns = [job["jobArn"] for job in listing["invocationJobSummaries"] if job["jobName"] == name]
        return str(arns[0]) if arns else ""

    def look(self, arn: str) -> BatchJobStatus:
        job = self._call("look at the job", lambda: self._jobs.get_model_invocation_job(jobIdentifier=arn))
        return BatchJobStatus(
            state=cast(State, job["status"]),
            message=str(job.get("message", "")),
            ended_at=job.get("endTime"),
            processed=int(job.get("processedRecordCount", 0)),
            failed=int(job.get("errorRecordCount", 0)),
        )

    def answers(self, place: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """The number and the line of each record that is there, in any order; what is no such line is passed over."""
        bucket, prefix = _parts(place)
        for key in self._call("list the answers", lambda: self._keys(bucket, f"{prefix}/out/")):
            text = self._call("read the answers", partial(self._get, bucket, key))
            for line in text.split("\n"):
                try:
                    entry = json.loads(line)
                    yield int(entry["recordId"]), entry
                except (ValueError, KeyError, TypeError):
                    continue

    def close(self) -> None:
        for close in self._close:
            close()

    @cached_property
    def _open(self) -> ModelClient:
        client = open_model(self._address, self._settings)
        self._close.append(client.close)
        assert isinstance(client.chat, ChatBedrockConverse)
        client.chat.client.meta.events.register("before-call.bedrock-runtime.Converse", self._instead_of_sending)
        return client

    @cached_property
    def _jobs(self) -> Any:
        return self._client("bedrock")

    @cached_property
    def _s3(self) -> Any:
        return self._client("s3")

    def _client(self, service: str) -> Any:
        client = runtime_client(self._address, self._settings, service, attempts=ATTEMPTS)
        self._close.append(client.close)
        return client

    def _instead_of_sending(self, params: dict[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]]:
        """botocore's hook: what it returns is taken for the service's answer."""
        self._body = json.loads(params["body"])
        return AWSResponse("", 200, {}, None), deepcopy(self._answer)  # it is used up

    def _put(self, bucket: str, key: str, body: bytes) -> None:
        self._s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/jsonl")

    def _get(self, bucket: str, key: str) -> str:
        content: bytes = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return content.decode("utf-8", "replace")

    def _keys(self, bucket: str, prefix: str) -> list[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        return [key for key in keys if key.endswith(".jsonl.out")]

    def _call(self, what: str, call: Callable[[], T]) -> T:
        try:
            return call()
        except (BotoCoreError, ClientError) as problem:
            raise self._failure(what, problem) from problem

    def _failure(self, what: str, problem: Exception) -> SreAgentError:
        message = f"{self._address} could not {what}: {problem}"[:LONGEST_ERROR]
        code = problem.response.get("Error", {}).get("Code", "") if isinstance(problem, ClientError) else ""
        if code == "NoSuchBucket":
            return SettingsError(f"{message}. model_batch_bucket names the bucket.")
        kind = "denied" if code in ("AccessDenied", "InvalidAccessKeyId", "403") else outcome(problem)
        if kind == "denied":
            hint = advice(problem, self._address, "") if "AccessDenied" not in code else ""
            return SettingsError(f"{message}. {hint or NEEDS}")
        if kind == "refused":
            return PermanentError(message)
        return ModelUnavailableError(message, reason=kind or "unavailable")


def open_batch(address: ModelAddress, settings: ModelAccess) -> BedrockBatch:
    return BedrockBatch(address, settings)


def _parts(place: str) -> tuple[str, str]:
    bucket, _, key = place.removeprefix("s3://").partition("/")
    return bucket, key
