"""What the records of a job were answered, what each took, and which never were."""

from __future__ import annotations

from typing import Any, Final, Protocol

from langchain_core.messages import AIMessage
from pydantic import BaseModel

from sre_agent.domain.model_call import ModelCall, Outcome
from sre_agent.model.address import ModelAddress
from sre_agent.model.batch.job import BatchAnswer, BatchJob, BatchLine
from sre_agent.model.batch.reservations import held_row
from sre_agent.model.faults import of_status
from sre_agent.model.reply import ModelReply, ParsedReply, read
from sre_agent.model.usage import Prices, Usage, usage_of

LONGEST_ERROR: Final = 300  # characters of what the service says of a record
FAILED: Final = 500  # for an error without a number


class BatchOutputReader(Protocol):
    """The part of a technology's batch that tells messages from output."""

    def message(self, output: dict[str, Any]) -> AIMessage: ...


def read_record(
    reader: BatchOutputReader,
    job: BatchJob,
    number: int,
    told: dict[str, Any] | None,
    address: ModelAddress,
    prices: Prices,
    schema: type[BaseModel] | None,
) -> tuple[BatchAnswer, ModelCall | None]:
    """The answer to one request, and its row of the ledger; no row where the model was never asked.

    `told` is the record's line of output, None where there is none. `schema` is what the job was asked for.
    """
    line = job.lines[number]
    answer = BatchAnswer(id=line.id, model=job.model)
    if told is None:
        why = f": {job.message.rstrip('.')}" if job.message else ""
        return answer.model_copy(update={"error": f"It was not answered, the job is {job.state}{why}."}), None
    usage, update = _answered(reader, told, schema)
    dollars, priced = prices.of_batch(address, usage)
    answer = answer.model_copy(update=update | {"dollars": dollars})
    assert answer.outcome is not None
    row = _row(job, number, line, answer.outcome, usage)
    return answer, row.model_copy(update={"dollars": dollars, "priced": priced})


def _answered(
    reader: BatchOutputReader, told: dict[str, Any], schema: type[BaseModel] | None
) -> tuple[Usage, dict[str, Any]]:
    """What a line says: tokens, and the fields of the answer."""
    output, error = told.get("modelOutput"), told.get("error")
    if not isinstance(output, dict):
        outcome, why = _error(error if isinstance(error, dict) else {})
        return Usage(), {"outcome": outcome, "error": why}
    try:
        message = reader.message(output)
    except ValueError as problem:
        return Usage(), {"outcome": "malformed", "error": f"The answer could not be read: {problem}."}
    found = read(message, [], schema)
    error_ = "" if found.outcome == "answered" else f"The answer could not be used: {found.why}."
    text, none = text_or_reason(found, schema)
    return usage_of(message), {"outcome": found.outcome, "text": text, "error": error_ or none}


def text_or_reason(found: ParsedReply | ModelReply, schema: type[BaseModel] | None) -> tuple[str, str]:
    """The text of an answer and why there is none; with a schema it is the instance of it, as JSON."""
    if schema is None:
        return found.text, ""
    if found.parsed is None:
        return "", "The answer is not in the form that was asked for."
    return found.parsed.model_dump_json(), ""


def _error(error: dict[str, Any]) -> tuple[Outcome, str]:
    code, text = error.get("errorCode"), str(error.get("errorMessage", "no reason was given"))
    status = code if isinstance(code, int) and code >= 400 else FAILED
    return of_status(status, text), f"Bedrock answered an error ({code}): {text}"[:LONGEST_ERROR]


def _row(job: BatchJob, number: int, line: BatchLine, outcome: Outcome, usage: Usage) -> ModelCall:
    ended = job.ended_at or job.submitted_at
    took = {
        "seconds": max(0.0, (ended - job.submitted_at).total_seconds()),
        "outcome": outcome,
        "input_tokens": usage.input,
        "output_tokens": usage.output,
        "cache_read_tokens": usage.cache_read,
        "cache_write_tokens": usage.cache_write,
        "dollars": 0.0,
        "estimated": False,
    }
    return held_row(job, number, line).model_copy(update=took)
