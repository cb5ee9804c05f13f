"""Writes that were permitted, counted by the hour over all incidents, and what came of remedies.

The writes of the last hours stand in one item, and each further one says which version of it counted them: two that
claim the last free place at the same moment cannot both have it.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Final

from sre_agent.aws_services.definitions import EXPIRY
from sre_agent.domain.permitted_write import BreakerCount, PermittedWrite, RemedyResult
from sre_agent.store.contract.bodies import sortable
from sre_agent.store.dynamodb.attributes import ABSENT, Item, ItemWrite, pack, put, unpack
from sre_agent.store.dynamodb.items import first_of
from sre_agent.store.dynamodb.parts import BODY, Part, bodies, in_a_thread

HOUR: Final = timedelta(hours=1)
COUNTED_FOR: Final = 2 * HOUR  # before the newest write: a clock that is set back must not open the way to more
KEPT_FOR: Final = timedelta(days=90)
MOST_COUNTED: Final = 5000
WINDOW: Final = ("permitted_writes", "window")
FAILURES: Final = "remedy_failures"
GAP: Final = "\x1f"


class PermittedWriteItems(Part):
    @in_a_thread
    def claim_write(self, write: PermittedWrite, most_per_hour: int) -> datetime | None:
        def attempt() -> datetime | None:
            expiry = int((write.at + KEPT_FOR).timestamp())
            own: Item = {"pk": f"permitted_write#{write.key}", "sk": BODY, EXPIRY: expiry}
            if self.items.get(str(own["pk"]), BODY) is not None:
                return None
            writes = [self._of_workload(write, expiry)]
            if not write.is_undo:
                window = self.items.get(*WINDOW)
                times = _times(window)
                if (free_at := _free_at(times, write.at, most_per_hour)) is not None:
                    return free_at
                writes.append(_window(window, [*times, write.at]))
            first_of(self.items, own, *writes)
            return None

        return self.items.again(attempt)

    @in_a_thread
    def next_write_at(self, now: datetime, most_per_hour: int) -> datetime | None:
        return _free_at(_times(self.items.get(*WINDOW)), now, most_per_hour)

    @in_a_thread
    def last_write(self, workload: str) -> datetime | None:
        rows = self.items.partition(f"writes_on#{workload}", newest_first=True, most=1)
        writes = bodies(PermittedWrite, rows)
        return writes[0].at if writes else None

    @in_a_thread
    def keep_remedy_result(self, result: RemedyResult) -> None:
        remedy = f"{result.failure_class}{GAP}{result.workload}"
        if result.helped:
            self._reset(remedy)
            return
        item: Item = {"pk": FAILURES, "sk": f"{remedy}{GAP}{result.key}", "at": sortable(result.at)}
        first_of(self.items, item)

    @in_a_thread
    def breaker_counts(self) -> list[BreakerCount]:
        times: dict[tuple[str, str], list[str]] = {}
        for row in self.items.partition(FAILURES):
            failure_class, workload, _ = str(row["sk"]).split(GAP, 2)
            times.setdefault((failure_class, workload), []).append(str(row["at"]))
        counts = [
            BreakerCount(
                failure_class=failure_class,
                workload=workload,
                failures=len(ats),
                last_at=datetime.fromisoformat(max(ats)),
            )
            for (failure_class, workload), ats in times.items()
        ]
        return sorted(counts, key=lambda count: count.last_at, reverse=True)

    @in_a_thread
    def reset_breaker(self, failure_class: str, workload: str) -> bool:
        return self._reset(f"{failure_class}{GAP}{workload}")

    def _reset(self, remedy: str) -> bool:
        keys = [(FAILURES, str(row["sk"])) for row in self.items.partition(FAILURES, f"{remedy}{GAP}")]
        self.items.remove(keys)
        return bool(keys)

    def _of_workload(self, write: PermittedWrite, expiry: int) -> ItemWrite:
        place = f"{sortable(write.at)}#{write.key}"
        body = pack(write.model_dump_json())
        return put({"pk": f"writes_on#{write.workload}", "sk": place, BODY: body, EXPIRY: expiry})


def _free_at(times: list[datetime], now: datetime, most: int) -> datetime | None:
    if most == 0:
        return now + HOUR
    within = sorted((at for at in times if at > now - HOUR), reverse=True)
    return within[most - 1] + HOUR if len(within) >= most else None


def _times(window: Item | None) -> list[datetime]:
    return [] if window is None else [datetime.fromisoformat(at) for at in json.loads(unpack(window[BODY]))]


def _window(before: Item | None, times: list[datetime]) -> ItemWrite:
    newest = max(times)
    newest_ones = sorted(at for at in times if at > newest - COUNTED_FOR)[-MOST_COUNTED:]
    version = 0 if before is None else int(before["version"])
    pk, sk = WINDOW
    item: Item = {
        "pk": pk,
        "sk": sk,
        "version": version + 1,
        BODY: pack(json.dumps([sortable(at) for at in newest_ones])),
    }
    if before is None:
        return put(item, ABSENT)
    return put(item, "#version = :version", values={"version": version})
