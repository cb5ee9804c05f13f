"""What changed since the sweep before: new, worse, over; and what cannot be told because it could not be looked at."""

from __future__ import annotations

from sre_agent.domain.sweep import Sweep, Trouble
from sre_agent.domain.sweep_matching import got_worse, matches


def since(before: Sweep | None, sweep: Sweep) -> Sweep:
    """The sweep with what changed since the one `before`; without one everything is new."""
    earlier = [*before.troubles, *before.unverified] if before is not None else []
    pairs = matches(earlier, sweep.troubles)
    incomplete = {check.name for check in sweep.checks if not check.complete}
    left = [trouble for trouble in earlier if trouble.key not in {one.key for one in pairs.values()}]
    return sweep.model_copy(
        update={
            "troubles": [_with_change(trouble, pairs.get(trouble.key)) for trouble in sweep.troubles],
            "resolved": sorted(one.key for one in left if one.check not in incomplete),
            "unverified": [_as_before(one) for one in left if one.check in incomplete],
        }
    )


def _with_change(trouble: Trouble, earlier: Trouble | None) -> Trouble:
    if earlier is None:
        return trouble.model_copy(update={"new": True, "worse": ""})
    update = {"new": False, "worse": got_worse(earlier, trouble), "incident": earlier.incident}
    return trouble.model_copy(update=update)


def _as_before(trouble: Trouble) -> Trouble:
    return trouble.model_copy(update={"new": False, "worse": ""})
