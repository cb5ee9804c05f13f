"""How often one question is asked. A transient failure says nothing about the world, so that it is asked again.

What a fresh session can mend is repeated at once, the rest after a pause. What took its whole time is repeated once,
since each time more costs as long again; and a server that failed all of a call is not pressed for the next ones.
"""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.refusals import Code, Refusal

PAUSES: Final = (2.0, 8.0)  # seconds before the second and the third time
AT_ONCE: Final[frozenset[Code]] = frozenset({"not_started", "died", "not_mcp"})  # the first time, on a fresh session
TWICE: Final[frozenset[Code]] = frozenset({"not_started", "silent", "timeout"})


class Patience:
    """Of one process: what it gave up, another process that takes the incident up asks again."""

    def __init__(self) -> None:
        self._given_up: set[str] = set()

    def pause(self, server: str, refusal: Refusal, before: int, *, waits: bool = True) -> float | None:
        """Seconds until it is asked again, after it failed `before` times before this one; None: no more.

        Without `waits` only what a fresh session can mend is repeated.
        """
        if not refusal.is_transient or server in self._given_up:
            return None
        if refusal.code in AT_ONCE and before == 0:
            return 0.0
        if not waits or before >= (1 if refusal.code in TWICE else len(PAUSES)):
            return None
        return PAUSES[before]

    def learn(self, server: str, refusal: Refusal | None) -> None:
        """What came of a call in the end."""
        if refusal is not None and refusal.is_transient:
            self._given_up.add(server)
        else:
            self._given_up.discard(server)
