"""What trials come to: the share of predictions that came true, of twins that show the same, of what is stopped."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from tests.rehearsal.live.trial import LiveResult


@dataclass(frozen=True)
class LiveFigures:
    """Counts. `claims` are rehearsals that say heals, would not heal, or harms; `false_heals` those that were said to
    heal and did not, or at another's cost. `bad` remedies did not heal, or took something away."""

    same: int
    twins: int
    right: int
    claims: int
    false_heals: int
    heals: int
    stopped: int
    bad: int
    rehearsed: int

    @staticmethod
    def of(results: Collection[LiveResult]) -> LiveFigures:
        twins = [one.twin for one in results if one.twin is not None]
        claims = [one for one in results if one.came_true is not None]
        heals = [one for one in claims if one.rehearsal is not None and one.rehearsal.result == "heals"]
        rehearsals = [one for one in results if one.rehearsal is not None]
        bad = [one for one in rehearsals if one.losses or not one.healed]
        return LiveFigures(
            same=sum(one.is_same for one in twins),
            twins=len(twins),
            right=sum(bool(one.came_true) for one in claims),
            claims=len(claims),
            false_heals=sum(not one.came_true for one in heals),
            heals=len(heals),
            stopped=sum(one.rehearsal is not None and one.rehearsal.is_refusal for one in bad),
            bad=len(bad),
            rehearsed=len(rehearsals),
        )

    def __str__(self) -> str:
        return (
            f"same class {self.same}/{self.twins}, predictions {self.right}/{self.claims},"
            f" wrong of heals {self.false_heals}/{self.heals}, bad ones stopped {self.stopped}/{self.bad},"
            f" of {self.rehearsed} rehearsed"
        )
