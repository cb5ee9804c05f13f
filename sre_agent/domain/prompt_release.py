"""Which version of the prompts an incident gets. It follows from what was released before it was opened and from its
id, so that it is the same in every process and after every restart."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from pydantic import Field

from sre_agent.domain.base import IncidentId, Noun
from sre_agent.prompting import SHIPPED


class PromptRelease(Noun):
    """From `at` on incidents get the prompts of `version`, and a `share` of them (0 to 1) those of `trial`;
    empty: there is none. `by` and `why` say whose word it is."""

    id: str
    at: datetime
    version: str = SHIPPED
    trial: str = ""
    share: float = Field(0.0, ge=0, le=1)
    by: str = ""
    why: str = ""

    def version_of(self, incident: IncidentId) -> str:
        """The same for an incident each time; with a larger share those of a smaller one stay in the trial."""
        return self.trial if self.trial and _lot(self.trial, incident) < self.share else self.version


def version_of(incident: IncidentId, opened_at: datetime, releases: Sequence[PromptRelease]) -> str:
    """What an incident gets that was opened then. `releases` are the newest first."""
    in_force = next((one for one in releases if one.at <= opened_at), None)
    return in_force.version_of(incident) if in_force is not None else SHIPPED


def version_before(releases: Sequence[PromptRelease]) -> str | None:
    """What a rollback returns to; None where nothing else was ever for all. `releases` are the newest first. A version
    that was taken back is not returned to by the next rollback."""
    line = [SHIPPED]
    for one in reversed(releases):
        if line[-2:-1] == [one.version]:
            line.pop()
        elif line[-1] != one.version:
            line.append(one.version)
    return line[-2] if len(line) > 1 else None


def _lot(trial: str, incident: IncidentId) -> float:
    """From 0 to 1, evenly spread over incidents, and another for each trial."""
    return int(hashlib.sha256(f"{trial}\n{incident}".encode()).hexdigest()[:8], 16) / 0x1_0000_0000
