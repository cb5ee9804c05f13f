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
    entry: dict[str, Any] | None,
    address: ModelAddress,
    prices: Prices,
    schema: type[BaseModel] | None,
) -> tuple[BatchAnswer, ModelCall | None]:
    """The answer to one request, and its row of the ledger; no row where the model was never asked.

    `entry` is the record's line of output, None where there is none. `schema` is what the job was asked for.
    """
    line = job.lines[number]
    answer = BatchAnswer(id=line.id, model=job.model)
    if entry is None:
        why = f": {job.message.rstrip('.')}" if job.message else ""
        return answer.model_copy(update={"error": f"It was not answered, the job is {job.state}{why}."}), None
    usage, update = _parse(reader, entry, schema)
    dollars, is_priced = prices.of_batch(address, usage)
    answer = answer.model_copy(update=update | {"dollars": dollars})
    assert answer.outcome is not None
    row = _row(job, number, line, answer.outcome, usage)
    return answer, row.model_copy(update={"dollars": dollars, "priced": is_priced})


def _parse(
    reader: BatchOutputReader, entry: dict[str, Any], schema: type[BaseModel] | None
) -> tuple[Usage, dict[str, Any]]:
    """What a line says: tokens, and the fields of the answer."""
    output, error = entry.get("modelOutput"), entry.get("error")
    if not isinstance(output, dict):
        outcome, why = _error(error if isinstance(error, dict) else {})
        return Usage(), {"outcome": outcome, "error": why}
    try:
        message = reader.message(output)
    except ValueError as problem:
        return Usage(), {"outcome": "malformed", "error": f"The answer could not be read: {problem}."}
    reply = read(message, [], schema)
    error_ = "" if reply.outcome == "answered" else f"The answer could not be used: {reply.why}."
    text, none = text_or_reason(reply, schema)
    return usage_of(message), {"outcome": reply.outcome, "text": text, "error": error_ or none}


def text_or_reason(reply: ParsedReply | ModelReply, schema: type[BaseModel] | None) -> tuple[str, str]:
    """The text of an answer and why there is none; with a schema it is the instance of it, as JSON."""
    if schema is None:
        return reply.text, ""
    if reply.parsed is None:
        return "", "The answer is not in the form that was asked for."
    return reply.parsed.model_dump_json(), ""


def _error(error: dict[str, Any]) -> tuple[Outcome, str]:
    code, text = error.get("errorCode"), str(error.get("errorMessage", "no reason was given"))
    status = code if isinstance(code, int) and code >= 400 else FAILED
    return of_status(status, text), f"Bedrock answered an error ({code}): {text}"[:LONGEST_ERROR]


def _row(job: BatchJob, number: int, line: BatchLine, outcome: Outcome, usage: Usage) -> ModelCall:
    ended_at = job.ended_at or job.submitted_at
    update = {
        "seconds": max(0.0, (ended_at - job.submitted_at).total_seconds()),
        "outcome": outcome,
        "input_tokens": usage.input,
        "output_tokens": usage.output,
        "cache_read_tokens": usage.cache_read,
        "cache_write_tokens": usage.cache_write,
        "dollars": 0.0,
        "estimated": False,
    }
    return held_row(job, number, line).model_copy(update=update)
