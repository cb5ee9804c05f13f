"""What has to be seen once a remedy is done, as a person is told before it: the class's own conditions of recovery."""

from __future__ import annotations

from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.failures import FailureClass
from sre_agent.failures.model import RecoveryCondition


def expectations(kind: FailureClass, subject: str, alarm: str | None) -> list[str]:
    """Sentences without a full stop, the deadline first. `subject` is a short name, which begins with its kind, `alarm`
    None where none is."""
    seconds = kind.deadline
    within = f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"
    lines = kind.recovery_of(subject.partition("/")[0])
    words = [expectation(line, "", alarm) for line in lines if alarm or line.on != "alarm"]
    return [f"{subject} recovers within {within}", *dict.fromkeys(words)]


def expectation(line: RecoveryCondition, subject: str, alarm: str | None) -> str:
    """One condition of recovery as a sentence, which names the subject where one is given."""
    if line.on == "alarm":
        return f"alarm {alarm} is OK"
    meaning = OBSERVATIONS[line.present or line.absent].meaning + (f" ({subject})" if subject else "")
    return meaning if line.present else f"no sign that {meaning}"
