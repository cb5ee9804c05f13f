"""How many remedies may fail, and when what was remediated is looked at again."""

from __future__ import annotations

from pydantic import Field

from sre_agent.settings.area import Area


class VerificationSettings(Area):
    remedy_attempts: int = Field(
        2,
        ge=1,
        description="how many remedies of one incident may turn out not to heal before a human goes on; two, so that a"
        " wrong first one is not the end, and nobody experiments on a live system",
    )
    guardian_seconds: float = Field(
        1800.0,
        ge=0,
        description="seconds after which an incident that was remediated is looked at once more; 0: never. Half an"
        " hour, since what comes back mostly does so with the next batch of work or the next restart",
    )
