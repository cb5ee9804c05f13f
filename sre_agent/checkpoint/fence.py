"""What every saver here adds to the library's: it writes for an incident's latest writer only, and believes no row.

A worker that slept through its lease must not rewind the run; and whoever can write the rows must not have code run.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, Self

from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple

from sre_agent.errors import CheckpointError, LeaseLostError

MAPPINGS: Final = ("channel_values", "channel_versions", "versions_seen")
ODD: Final = (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError)
"""What it ends in when something is read that has a form which no run writes."""
UNTRUSTED: Final = (
    "The checkpoint of incident {incident} cannot be trusted ({why}), so nothing of it was loaded: find out who can"
    " write the checkpoints before you start anything from it again."
)
ODD_FORM: Final = "a row of it has a form that no run writes"


class FencedSaver(BaseCheckpointSaver[Any]):
    """To be put before the library's class among the bases.

    `fence(incident, epoch)` says whether that epoch is the latest; the run's config carries it as `epoch`. Reading
    raises CheckpointError for a row that no run wrote, writing LeaseLostError.
    """

    fence: Callable[[str, int], Awaitable[bool]] | None = None

    def with_allowlist(self, extra_allowlist: Any) -> Self:
        """LangGraph would add the types of the state's schema; the list of types is closed."""
        return self

    async def aget_tuple(self, config: Any) -> CheckpointTuple | None:
        incident = config["configurable"]["thread_id"]
        try:
            checkpoint_tuple = await super().aget_tuple(config)
            if checkpoint_tuple is not None:
                _check_form(checkpoint_tuple)
        except CheckpointError as problem:
            raise CheckpointError(UNTRUSTED.format(incident=incident, why=problem)) from problem
        except ODD as problem:
            raise CheckpointError(UNTRUSTED.format(incident=incident, why=ODD_FORM)) from problem
        return checkpoint_tuple

    async def aput(self, config: Any, *rest: Any) -> Any:
        await self._check(config)
        return await super().aput(config, *rest)

    async def aput_writes(self, config: Any, writes: Any, task_id: str, task_path: str = "") -> None:
        await self._check(config)
        await super().aput_writes(config, writes, task_id, task_path)

    async def _check(self, config: Any) -> None:
        configurable = config["configurable"]
        if self.fence is None or "epoch" not in configurable:
            return
        if not await self.fence(configurable["thread_id"], configurable["epoch"]):
            raise LeaseLostError(
                f"Incident {configurable['thread_id']} was taken over by another worker; this step is lost."
            )


def _check_form(checkpoint_tuple: CheckpointTuple) -> None:
    """Raises TypeError: LangGraph takes it for granted that a row has the form in which it was written."""
    checkpoint: Any = checkpoint_tuple.checkpoint
    whole = isinstance(checkpoint, dict) and isinstance(checkpoint_tuple.metadata, dict)
    whole = whole and isinstance(checkpoint.get("v"), int) and isinstance(checkpoint.get("id"), str)
    whole = whole and all(isinstance(checkpoint.get(name), dict) for name in MAPPINGS)
    whole = whole and all(isinstance(versions, dict) for versions in checkpoint["versions_seen"].values())
    whole = whole and all(
        isinstance(part, str) for task, to, _ in checkpoint_tuple.pending_writes or () for part in (task, to)
    )
    if not whole:
        raise TypeError(type(checkpoint))
