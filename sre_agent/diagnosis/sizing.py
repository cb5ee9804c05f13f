"""Numbers that remedies of a class need and no source says: how many replicas, how much capacity."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, Final

HEADROOM: Final = 1.25  # over the demand that was seen: enough not to throttle at once again
CATCH_UP: Final = 1.8  # workers over those that keep pace, so that what waits is worked off as well
LARGER_VOLUME: Final = 1.5  # times what it was: AWS takes the next change of a volume after six hours
USUAL_CPU: Final = 35  # per cent of the limit, where nothing says what it was before
WANTED_CPU: Final = 70

Fact = Callable[[str], Any]  # the value of an attribute; empty where it is not known
Number = Callable[[], int | str]


def numbers(of: Callable[[str], Fact]) -> dict[str, Number]:
    """Each number by its name, worked out when it is called. Raises ValueError where a fact for it is missing."""
    worked_out: dict[str, Callable[[Callable[[str], Fact]], int | str]] = {
        "replicas_for_the_load": _for_the_load,
        "replicas_for_the_queue": _for_the_queue,
        "replicas_for_the_retries": _for_the_retries,
        "enough_capacity": _enough,
        "enough_reads": partial(_enough_of, "read"),
        "enough_writes": partial(_enough_of, "write"),
        "enough_storage": _enough_storage,
    }
    return {name: partial(function, of) for name, function in worked_out.items()}


def amount(value: Any) -> float:
    """A number; 0 for what is none."""
    return float(value) if isinstance(value, int | float) else 0.0


def _amount_or_fail(value: Any) -> float:
    if not amount(value):
        raise ValueError("nothing that was seen says how much is needed")
    return amount(value)


def _for_the_load(of: Callable[[str], Fact]) -> int:
    ready, factor = _amount_or_fail(of("workload.available")("ready")), _amount_or_fail(of("traffic.surged")("factor"))
    before = amount(of("cpu.at_limit")("before")) or USUAL_CPU
    return max(math.ceil(ready * factor * before / WANTED_CPU), int(ready) + 1)


def _for_the_retries(of: Callable[[str], Fact]) -> int:
    return math.ceil(
        _amount_or_fail(of("workload.available")("ready")) * _amount_or_fail(of("traffic.surged")("factor"))
    )


def _for_the_queue(of: Callable[[str], Fact]) -> int:
    ready, queue = _amount_or_fail(of("workload.available")("ready")), of("queue.growing")
    return math.ceil(CATCH_UP * ready * _amount_or_fail(queue("sent")) / _amount_or_fail(queue("deleted")))


def _enough(of: Callable[[str], Fact]) -> int:
    """Capacity units that carry what was asked for at the worst, with some headroom; at least twice as many as are
    provisioned. Where the demand is not known: what was consumed and refused, a refused request as one unit."""
    table = of("table.throttled")
    demand = amount(table("demand")) or amount(table("consumed")) + amount(table("refused"))
    return max(1, math.ceil(2 * amount(table("provisioned"))), math.ceil(HEADROOM * demand))


def _enough_of(direction: str, of: Callable[[str], Fact]) -> int | str:
    """The same for one direction; empty where requests of the other are throttled."""
    return _enough(of) if of("table.throttled")("direction") == direction else ""


def _enough_storage(of: Callable[[str], Fact]) -> int:
    """GiB of a database's volume afterwards."""
    return math.ceil(LARGER_VOLUME * _amount_or_fail(of("database.short_of")("allocated")))
