"""Batch inference as its callers meet it: a job is created, looked at, listed and stopped on the control plane.

What becomes of it meanwhile, `running` says.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from sre_lab.aws.bedrock.job import JOBS, InvocationJob
from sre_lab.aws.bedrock.job_lifecycle import begin, stop
from sre_lab.aws.bedrock.request import check_model
from sre_lab.aws.errors import AwsError
from sre_lab.aws.ssm.state import Call
from sre_lab.clock import from_rfc3339
from sre_lab.world import World

ROLE: Final = re.compile(r"arn:aws(-[^:]+)?:iam::(\d{12})?:role/.+")
NAME: Final = re.compile(r"[a-zA-Z0-9]{1,63}(-*[a-zA-Z0-9+\-.]){0,63}")
PLACE: Final = re.compile(r"s3://[a-z0-9][-.a-z0-9]{1,61}[a-z0-9](/[-!_*'().a-z0-9A-Z]+)*/?")
HOURS: Final = range(24, 169)
PAGE: Final = 100


def connect(world: World, call: Call) -> None:
    """Give jobs their access to S3: `call("s3", api, parameters)`."""
    JOBS.of(world).call = call


def create(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """The same token is the same job, and nothing happens twice."""
    jobs, token = JOBS.of(world), params.get("clientRequestToken", "")
    job = jobs.tokens.get(token) if token else None
    if job is None:
        _check(params)
        request = {"timeoutDurationInHours": 24, "modelInvocationType": "InvokeModel", **params}
        job = jobs.add(world, request)
        if token:
            jobs.tokens[token] = job
        begin(world, job)
    return {"jobArn": job.arn}


def get(world: World, params: dict[str, Any]) -> dict[str, Any]:
    return _job_of(world, params).description()


def list_(world: World, params: dict[str, Any]) -> dict[str, Any]:
    """Newest first, unless asked otherwise."""
    jobs = [job for job in JOBS.of(world).by_id.values() if _is_meant(job, params)]
    if params.get("sortOrder", "Descending") == "Descending":
        jobs.reverse()
    start, size = int(params.get("nextToken", 0)), int(params.get("maxResults", PAGE))
    more = {"nextToken": str(start + size)} if start + size < len(jobs) else {}
    return {"invocationJobSummaries": [job.description() for job in jobs[start : start + size]], **more}


def halt(world: World, params: dict[str, Any]) -> dict[str, Any]:
    job = _job_of(world, params)
    if job.ended_at is not None:
        raise AwsError("ConflictException", f"The job {job.id} has ended: it is {job.status}.", status=409)
    stop(world, job)
    return {}


OPERATIONS: dict[str, Callable[[World, dict[str, Any]], dict[str, Any]]] = {
    "CreateModelInvocationJob": create,
    "GetModelInvocationJob": get,
    "ListModelInvocationJobs": list_,
    "StopModelInvocationJob": halt,
}


def _job_of(world: World, params: dict[str, Any]) -> InvocationJob:
    identifier = params["jobIdentifier"]
    job = JOBS.of(world).by_id.get(identifier.rpartition("/")[2])
    if job is None or identifier not in (job.id, job.arn):
        raise AwsError("ResourceNotFoundException", f"Could not find a model invocation job {identifier}.", status=404)
    return job


def _is_meant(job: InvocationJob, params: dict[str, Any]) -> bool:
    after, before = params.get("submitTimeAfter"), params.get("submitTimeBefore")
    return (
        params.get("statusEquals", job.status) == job.status
        and params.get("nameContains", "") in job.request["jobName"]
        and (after is None or job.submitted_at > from_rfc3339(after))
        and (before is None or job.submitted_at < from_rfc3339(before))
    )


def _check(params: dict[str, Any]) -> None:
    check_model(params["modelId"])
    if params.get("modelInvocationType") != "Converse":
        raise AwsError("ValidationException", "The lab runs jobs of the modelInvocationType Converse only.")
    for name, value, form in (
        ("jobName", params["jobName"], NAME),
        ("roleArn", params["roleArn"], ROLE),
        ("inputDataConfig.s3Uri", params["inputDataConfig"]["s3InputDataConfig"]["s3Uri"], PLACE),
        ("outputDataConfig.s3Uri", params["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"], PLACE),
    ):
        if not form.fullmatch(value):
            raise AwsError("ValidationException", f"Value '{value}' at '{name}' failed to satisfy its pattern.")
    hours = params.get("timeoutDurationInHours", HOURS[0])
    if hours not in HOURS:
        raise AwsError(
            "ValidationException", f"Value '{hours}' at 'timeoutDurationInHours' has to be {HOURS[0]} to {HOURS[-1]}."
        )
