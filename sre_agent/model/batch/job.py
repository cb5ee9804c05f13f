"""What a batch is: its requests, how far it is, its answers."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from langchain_core.messages import BaseMessage, SystemMessage
from pydantic import BaseModel, ConfigDict

from sre_agent.domain.model_call import Outcome, Tier

State = Literal[
    "Prepared",  # not submitted yet, as far as is known
    "Submitted",
    "Validating",
    "Scheduled",
    "InProgress",
    "Stopping",
    "Completed",
    "PartiallyCompleted",
    "Failed",
    "Stopped",
    "Expired",
]
FINAL_STATES: Final = ("Completed", "PartiallyCompleted", "Failed", "Stopped", "Expired")


@dataclass(frozen=True)
class BatchRequest:
    """One question of a batch. `id` is the asker's own, `prompt` the label of the prompt that `system` is.

    `about` is kept for the asker, who reads the answer later and elsewhere; it is never sent. With a `schema` the
    answer is to be an instance of it, and its text is that as JSON. `most` bounds the calls that are made for it where
    it is asked in real time.
    """

    id: str
    system: str
    messages: Sequence[BaseMessage]
    agent: str
    prompt: str = ""
    incident: str = ""
    user: str = ""
    about: str = ""
    schema: type[BaseModel] | None = None
    most: int | None = None

    @property
    def whole(self) -> list[BaseMessage]:
        """The conversation as it is sent."""
        return [SystemMessage(self.system), *self.messages]


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BatchLine(_Kept):
    """A request as it is remembered: without what was asked. `most_dollars` is what its answer may cost."""

    id: str
    agent: str
    prompt: str
    incident: str
    user: str
    about: str
    most_dollars: float = 0.0

    @classmethod
    def of(cls, request: BatchRequest, most_dollars: float = 0.0) -> BatchLine:
        return cls(
            id=request.id,
            agent=request.agent,
            prompt=request.prompt,
            incident=request.incident,
            user=request.user,
            about=request.about,
            most_dollars=most_dollars,
        )


class BatchAnswer(_Kept):
    """The answer to the request of this id; `error` says why there is no text. `outcome` is None where it was never
    asked. `about` is the request's, given back with the answer."""

    id: str
    about: str = ""
    text: str = ""
    error: str = ""
    outcome: Outcome | None = None
    model: str = ""
    dollars: float = 0.0


class BatchJob(_Kept):
    """Times are aware; `arn` and `place` are empty where it was asked in real time.

    `answers` are there once it was collected, in the order of its requests.
    """

    id: str
    tier: Tier
    model: str
    state: State
    message: str = ""
    arn: str = ""
    place: str = ""
    submitted_at: datetime
    ended_at: datetime | None = None
    processed: int = 0
    failed: int = 0
    lines: tuple[BatchLine, ...]
    answers: tuple[BatchAnswer, ...] | None = None

    @property
    def ended(self) -> bool:
        return self.state in FINAL_STATES

    @property
    def in_vain(self) -> bool:
        """Whether it ended before any of its requests was asked: it costs nothing."""
        return self.state in ("Failed", "Stopped", "Expired") and not self.processed

    @property
    def real_time(self) -> bool:
        return not self.place

    @property
    def statement(self) -> str:
        """How far it is, in one or two sentences."""
        if self.real_time:
            return self.message
        of = f"{self.processed} of {len(self.lines)} requests done"
        failed = f", {self.failed} of them failed" if self.failed else ""
        why = f" {self.message.rstrip('.')}." if self.message else ""
        return f"The batch job {self.id} is {self.state}: {of}{failed}.{why}"


def new_id() -> str:
    return f"batch-{uuid.uuid4().hex[:12]}"


def row_id(job: str, number: int) -> str:
    """The id in the ledger of a job's request, by its number from 0: the same whoever collects the job."""
    return f"{job}-{number}"


def job_of(row: str) -> str:
    """The job of a row of the ledger."""
    return row.rpartition("-")[0]
