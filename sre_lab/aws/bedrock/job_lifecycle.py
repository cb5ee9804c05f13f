"""The life of a batch job on the lab's clock: queued, validated, scheduled, worked off, its answers in S3."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from sre_lab.aws.bedrock import job_files
from sre_lab.aws.bedrock.invocation import STATUSES, error_of, invoke_model
from sre_lab.aws.bedrock.job import InvocationJob, InvocationRecord
from sre_lab.aws.bedrock.job_files import JobFailure
from sre_lab.aws.bedrock.response import converse_response
from sre_lab.aws.bedrock.script import BEDROCK, BatchSettings
from sre_lab.aws.errors import AwsError
from sre_lab.world import World

QUEUED: Final = 5.0  # seconds until somebody looks at a new job
VALIDATES: Final = 10.0
STOPS: Final = 10.0
SLICES: Final = 20  # in which a job is worked off, so that its counts grow
WAITING: Final = ("Submitted", "Validating", "Scheduled")


def begin(world: World, job: InvocationJob) -> None:
    """Everything that becomes of a new job, unless it is stopped."""
    _then(world, job, QUEUED, _validate)
    world.clock.at(job.expires, lambda: _expire(world, job))


def stop(world: World, job: InvocationJob) -> None:
    """What is answered by then is written."""
    _now(world, job, "Stopping")
    _then(world, job, STOPS, lambda w, j: _end(w, j, "Stopped"))


def _validate(world: World, job: InvocationJob) -> None:
    _now(world, job, "Validating")
    _then(world, job, VALIDATES, _schedule)


def _schedule(world: World, job: InvocationJob) -> None:
    batch = BEDROCK.of(world).script.batch
    try:
        records = job_files.read_records(world, job)
        _check_number(len(records), batch)
    except JobFailure as problem:
        job.message = str(problem)
        _end(world, job, "Failed")
        return
    job.records = records
    _now(world, job, "Scheduled")
    _then(world, job, batch.queue_seconds, _start)


def _check_number(records: int, batch: BatchSettings) -> None:
    """The first of these texts is the service's own, the second is made like it."""
    if records < batch.minimum:
        raise JobFailure(f"Batch job contains less records ({records}) than the required minimum of: {batch.minimum}")
    if records > batch.maximum:
        raise JobFailure(f"Batch job contains more records ({records}) than the allowed maximum of: {batch.maximum}")


def _start(world: World, job: InvocationJob) -> None:
    _now(world, job, "InProgress")
    _go_on(world, job)


def _go_on(world: World, job: InvocationJob) -> None:
    left = job.records[len(job.results) :]
    if not left:
        _end(world, job, "Completed")
        return
    slice_ = left[: -(-len(job.records) // SLICES)]

    def worked_off(world: World, job: InvocationJob) -> None:
        job.results += [(record.file, _output_line(world, job, record)) for record in slice_]
        _now(world, job, "InProgress")
        _go_on(world, job)

    _then(world, job, len(slice_) * BEDROCK.of(world).script.batch.record_seconds, worked_off)


def _output_line(world: World, job: InvocationJob, record: InvocationRecord) -> dict[str, Any]:
    """The output line of a record. A turn that hangs is one that the model never gave."""
    line: dict[str, Any] = {"modelInput": record.body, "recordId": record.id}
    bedrock = BEDROCK.of(world)
    try:
        invocation = invoke_model(world, bedrock, job.request["modelId"], "batch", json.dumps(record.body).encode())
        if invocation.turn.fault in STATUSES:
            raise error_of(invocation.turn)
        if invocation.turn.fault == "hangs":
            raise AwsError("ModelTimeoutException", "Model has timed out in processing the request.", status=408)
    except AwsError as error:
        return line | {"error": {"errorCode": error.status, "errorMessage": error.message}}
    response = converse_response(world, bedrock, invocation.conversation, invocation.turn)
    invocation.log_entry["usage"] = response.usage
    body = response.body()
    return line | {"modelOutput": {"stopReason": response.stop} if invocation.turn.fault == "malformed" else body}


def _expire(world: World, job: InvocationJob) -> None:
    if job.ended_at is None:
        _end(world, job, "Expired" if job.status in WAITING else "PartiallyCompleted")


def _end(world: World, job: InvocationJob, status: str) -> None:
    if job.next_action is not None:
        job.next_action.cancel()
    try:
        if job.results:
            job_files.write_results(world, job)
    except JobFailure as problem:
        status, job.message = "Failed", str(problem)
    _now(world, job, status)
    job.ended_at = world.clock.now()


def _now(world: World, job: InvocationJob, status: str) -> None:
    job.status, job.modified_at = status, world.clock.now()


def _then(world: World, job: InvocationJob, seconds: float, what: Callable[[World, InvocationJob], None]) -> None:
    """In the place of whatever was to happen next."""
    if job.next_action is not None:
        job.next_action.cancel()
    job.next_action = world.clock.after(seconds, lambda: what(world, job))
