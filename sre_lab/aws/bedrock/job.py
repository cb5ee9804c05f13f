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
    asked: dict[str, Any]


@dataclass
class InvocationJob:
    """Times are epoch seconds. `answered` are output lines, each with its file; `next` is what happens next."""

    id: str
    arn: str
    asked: dict[str, Any]
    submitted: float
    modified: float
    status: str = "Submitted"
    message: str = ""
    ended: float | None = None
    records: list[InvocationRecord] = field(default_factory=list)
    answered: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    next: ScheduledAction | None = None

    @property
    def expires(self) -> float:
        return self.submitted + float(self.asked["timeoutDurationInHours"]) * HOUR

    @property
    def failed(self) -> int:
        return sum("error" in line for _, line in self.answered)

    def told(self) -> dict[str, Any]:
        """As GetModelInvocationJob has it. Before a job is validated it has no records."""
        found = {key: value for key, value in self.asked.items() if key != "tags"}
        found |= {
            "jobArn": self.arn,
            "status": self.status,
            "submitTime": rfc3339(self.submitted),
            "lastModifiedTime": rfc3339(self.modified),
            "jobExpirationTime": rfc3339(self.expires),
            **self.counts(),
        }
        if self.message:
            found["message"] = self.message
        return found | ({"endTime": rfc3339(self.ended)} if self.ended is not None else {})

    def counts(self) -> dict[str, int]:
        return {
            "totalRecordCount": len(self.records),
            "processedRecordCount": len(self.answered),
            "successRecordCount": len(self.answered) - self.failed,
            "errorRecordCount": self.failed,
        }


@dataclass
class InvocationJobs:
    """Of one world; in the order of their submission."""

    by_id: dict[str, InvocationJob] = field(default_factory=dict)
    tokens: dict[str, InvocationJob] = field(default_factory=dict)
    call: Call | None = None

    def add(self, world: World, asked: dict[str, Any]) -> InvocationJob:
        id_ = "".join(world.random.choice(LETTERS) for _ in range(LENGTH))
        here = f"{world.cluster.region}:{world.cluster.account}"
        now = world.clock.now()
        job = InvocationJob(id_, f"arn:aws:bedrock:{here}:model-invocation-job/{id_}", asked, now, now)
        self.by_id[id_] = job
        return job


JOBS = PerWorld(InvocationJobs)
