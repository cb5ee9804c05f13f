"""How often one question is asked. A transient failure says nothing about the world, so that it is asked again.

What a fresh session can mend is repeated at once, the rest after a pause. What took its whole time is repeated once,
since each time more costs as long again; and a server, or a part of its answers, that failed all of a call is not
pressed for the next ones. What stayed away is asked again later in the run, a few times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from mcp_servers.contract.refusals import Code, Refusal

PAUSES: Final = (2.0, 8.0)  # seconds before the second and the third time
AT_ONCE: Final[frozenset[Code]] = frozenset({"not_started", "died", "not_mcp"})  # the first time, on a fresh session
LATER: Final = (10.0, 30.0)  # seconds before the first and the second time that a run asks for it later
TWICE: Final[frozenset[Code]] = frozenset({"not_started", "silent", "timeout"})


class RetryPolicy:
    """Of one process: what it gave up, another process that takes the incident up asks again."""

    def __init__(self) -> None:
        self._given_up: set[str] = set()
        self._later: Counter[str] = Counter()

    def pause(self, source: str, refusal: Refusal, before: int, *, waits: bool = True) -> float | None:
        """Seconds until it is asked again, after it failed `before` times before this one; None: no more.

        `source` is a server, or what one of its answers lacked. Without `waits` only what a fresh session can mend is
        repeated.
        """
        if not refusal.is_transient or source in self._given_up:
            return None
        if refusal.code in AT_ONCE and before == 0:
            return 0.0
        if not waits or before >= (1 if refusal.code in TWICE else len(PAUSES)):
            return None
        return PAUSES[before]

    def learn(self, server: str, refusal: Refusal | None) -> None:
        """What came of one try: a server that answers is pressed again."""
        if refusal is None or not refusal.is_transient:
            self._given_up.discard(server)

    def later(self, incident: str, away: Sequence[Refusal]) -> float | None:
        """Seconds until a run asks again for what stayed away; each call counts as one time. None: not in this run."""
        times = self._later[incident]
        most = len(LATER) if any(refusal.code not in TWICE for refusal in away) else 1
        if not away or times >= most:
            return None
        self._later[incident] += 1
        return LATER[times]

    def give_up(self, source: str, refusal: Refusal) -> None:
        """After the last try of a call."""
        if refusal.is_transient:
            self._given_up.add(source)
