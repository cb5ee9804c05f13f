"""One batch job: what was asked, how far it is, and what its records were answered."""

from __future__ import annotations

import string
from dataclasses import dataclass, field
from typing import Any, Final

from sre_lab.aws.per_world import PerWorld
from sre_lab.aws.ssm.state import Call
from sre_lab.clock import ScheduledAction, rfc3339
from sre_lab.world import World

LETTERS: Final = string.ascii_lowercase + string.digits
LENGTH: Final = 12  # characters of an id
HOUR: Final = 3600.0


@dataclass(frozen=True)
class InvocationRecord:
    """One line of an input file."""

    file: str
    id: str
    body: dict[str, Any]


@dataclass
class InvocationJob:
    """Times are epoch seconds. `results` are output lines, each with its file; `next_action` is what happens next."""

    id: str
    arn: str
    request: dict[str, Any]
    submitted_at: float
    modified_at: float
    status: str = "Submitted"
    message: str = ""
    ended_at: float | None = None
    records: list[InvocationRecord] = field(default_factory=list)
    results: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    next_action: ScheduledAction | None = None

    @property
    def expires(self) -> float:
        return self.submitted_at + float(self.request["timeoutDurationInHours"]) * HOUR

    @property
    def error_count(self) -> int:
        return sum("error" in line for _, line in self.results)

    def description(self) -> dict[str, Any]:
        """As GetModelInvocationJob has it. Before a job is validated it has no records."""
        description = {key: value for key, value in self.request.items() if key != "tags"}
        description |= {
            "jobArn": self.arn,
            "status": self.status,
            "submitTime": rfc3339(self.submitted_at),
            "lastModifiedTime": rfc3339(self.modified_at),
            "jobExpirationTime": rfc3339(self.expires),
            **self.counts(),
        }
        if self.message:
            description["message"] = self.message
        return description | ({"endTime": rfc3339(self.ended_at)} if self.ended_at is not None else {})

    def counts(self) -> dict[str, int]:
        return {
            "totalRecordCount": len(self.records),
            "processedRecordCount": len(self.results),
            "successRecordCount": len(self.results) - self.error_count,
            "errorRecordCount": self.error_count,
        }


@dataclass
class InvocationJobs:
    """Of one world; in the order of their submission."""

    by_id: dict[str, InvocationJob] = field(default_factory=dict)
    tokens: dict[str, InvocationJob] = field(default_factory=dict)
    call: Call | None = None

    def add(self, world: World, request: dict[str, Any]) -> InvocationJob:
        id_ = "".join(world.random.choice(LETTERS) for _ in range(LENGTH))
        here = f"{world.cluster.region}:{world.cluster.account}"
        now = world.clock.now()
        job = InvocationJob(id_, f"arn:aws:bedrock:{here}:model-invocation-job/{id_}", request, now, now)
        self.by_id[id_] = job
        return job


JOBS = PerWorld(InvocationJobs)
