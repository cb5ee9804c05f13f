"""What a check of the responder's own installation is, and what it comes to.

`unseen` is not `ok`: a check that could not look carries a refusal with what was asked, what went wrong and what to do.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from mcp_servers.contract.refusals import Refusal
from sre_agent.ops.installation import InstallationView

Occasion = Literal["daily", "weekly", "monthly", "quarterly", "audit"]
OpsState = Literal["ok", "warning", "problem", "unseen", "not_set_up"]
SEVERE: Final[tuple[OpsState, ...]] = ("not_set_up", "ok", "unseen", "warning", "problem")  # the worst one last


class OpsFinding(BaseModel):
    """What one look came to. `details` are further lines, `figures` its numbers by name (units in the names), `remedy`
    what to do; `refusal` is there where it could not look."""

    model_config = ConfigDict(frozen=True)

    state: OpsState
    statement: str
    details: list[str] = Field(default_factory=list)
    figures: dict[str, float] = Field(default_factory=dict)
    remedy: str = ""
    refusal: Refusal | None = None

    @classmethod
    def not_set_up(cls, why: str, remedy: str = "") -> OpsFinding:
        """There is nothing to look at, and that is no fault."""
        return cls(state="not_set_up", statement=why, remedy=remedy)

    @classmethod
    def worst(
        cls,
        faults: Sequence[tuple[OpsState, str]],
        ok: str,
        *,
        figures: Mapping[str, float] | None = None,
        details: Sequence[str] = (),
        remedy: str = "",
    ) -> OpsFinding:
        """As bad as the worst of `faults`, which are told first; `ok` is the statement where there is none."""
        if not faults:
            return cls(state="ok", statement=ok, figures=dict(figures or {}), details=list(details))
        ranked = sorted(faults, key=lambda fault: -SEVERE.index(fault[0]))
        (state, statement), *others = ranked
        return cls(
            state=state,
            statement=statement,
            details=[*(text for _, text in others), *details],
            figures=dict(figures or {}),
            remedy=remedy,
        )


@dataclass(frozen=True)
class OpsCheck:
    """A row of the table. `reads` is what it looks at, for people; `permissions` are the IAM actions that it takes in
    the installation's own account. After so many `seconds`, retries of AWS included, it is given up. `look` raises an
    error of ours, or of the store, where it cannot look."""

    name: str
    occasion: Occasion
    reads: str
    look: Callable[[InstallationView], Awaitable[OpsFinding]]
    permissions: tuple[str, ...] = ()
    seconds: float = 120.0


class OpsResult(OpsFinding):
    """The finding of the check of this name."""

    check: str
