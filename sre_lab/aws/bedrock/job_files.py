"""A batch job's files in S3: records in, answers and a manifest out. S3 is moto's, asked as any client asks it."""

from __future__ import annotations

import json
from typing import Any, Final

from sre_lab.aws.bedrock.job import JOBS, InvocationJob, InvocationRecord
from sre_lab.aws.ssm.actions import StepFailure
from sre_lab.world import World

SUFFIX: Final = ".jsonl"


class JobFailure(Exception):
    """The job cannot go on; the text becomes its message."""


def read_records(world: World, job: InvocationJob) -> list[InvocationRecord]:
    """The records of every file at the job's input place. Raises JobFailure."""
    place = job.request["inputDataConfig"]["s3InputDataConfig"]["s3Uri"]
    bucket, prefix = _parts(place)
    listing = _s3(world, "ListObjectsV2", Bucket=bucket, Prefix=prefix)
    keys = [entry["Key"] for entry in listing.get("Contents", []) if entry["Key"].endswith(SUFFIX)]
    if not keys:
        raise JobFailure(f"There is no {SUFFIX} file at {place}.")
    records: list[InvocationRecord] = []
    for key in keys:
        lines = _s3(world, "GetObject", Bucket=bucket, Key=key)["Body"].split("\n")
        records += [_record(key, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    return records


def write_results(world: World, job: InvocationJob) -> None:
    """An output file for each input file, and the manifest. Raises JobFailure."""
    bucket, prefix = _parts(job.request["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"])
    folder = f"{prefix.rstrip('/')}/{job.id}".lstrip("/")
    files: dict[str, list[str]] = {}
    for file, line in job.results:
        files.setdefault(file.rpartition("/")[2], []).append(json.dumps(line, ensure_ascii=False))
    for name, lines in files.items():
        _s3(world, "PutObject", Bucket=bucket, Key=f"{folder}/{name}.out", Body="\n".join(lines) + "\n")
    manifest = json.dumps(job.counts() | _tokens(job))
    _s3(world, "PutObject", Bucket=bucket, Key=f"{folder}/manifest.json.out", Body=manifest)


def _record(file: str, number: int, line: str) -> InvocationRecord:
    """The form of a line is checked, what the model takes is not: that shows when it is asked."""
    try:
        entry = json.loads(line)
    except ValueError as problem:
        raise JobFailure(f"Line {number} of {file} is not JSON: {problem}") from problem
    if not isinstance(entry, dict) or not isinstance(entry.get("modelInput"), dict):
        raise JobFailure(f"Line {number} of {file} has no modelInput.")
    return InvocationRecord(file, str(entry.get("recordId") or f"{number:011d}"), entry["modelInput"])


def _tokens(job: InvocationJob) -> dict[str, int]:
    usages = [line["modelOutput"].get("usage", {}) for _, line in job.results if "modelOutput" in line]
    return {
        "inputTokenCount": sum(usage.get("inputTokens", 0) for usage in usages),
        "outputTokenCount": sum(usage.get("outputTokens", 0) for usage in usages),
    }


def _parts(place: str) -> tuple[str, str]:
    bucket, _, key = place.removeprefix("s3://").partition("/")
    return bucket, key


def _s3(world: World, api: str, **arguments: Any) -> dict[str, Any]:
    call = JOBS.of(world).call
    assert call is not None, "an endpoint serves this world before a job can be made"
    try:
        return call("s3", api, arguments)
    except StepFailure as problem:
        raise JobFailure(f"S3 refused: {problem}") from problem
