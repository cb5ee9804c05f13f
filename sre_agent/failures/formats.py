"""How a placeholder of a class file is written out: `{NAME:FORMAT ARGUMENT}`.

Without a format a list is written `a, b`, a time as RFC 3339, a subject as `Kind/namespace/name`, nothing as nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from mcp_servers.contract.bounds import both_ends
from mcp_servers.contract.facts import Subject

QUOTED: Final = 240  # characters of a quotation that gives no number
_QUANTITY: Final = re.compile(r"^(\d+(?:\.\d+)?)([A-Za-z]*)$")
_PREEMPTION: Final = " preemption:"  # from here on the scheduler says what it would not evict
# When a line was written, as the runtime and then the program say it, and from where in its source, as klog does.
_TIME: Final = r"\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?\]?,? "
_PLACE: Final = r"[IWEF]\d{4} \d\d:\d\d:\d\d(?:\.\d{1,9})? \d{1,9} [\w./-]{1,80}:\d{1,6}\] "
_FRAME: Final = re.compile(rf"^(?:{_TIME})?(?:{_TIME}|{_PLACE})?")


def plain(value: Any) -> str:
    """A value as it stands in a sentence."""
    if value is None:
        return ""
    if isinstance(value, Subject):
        return value.short
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, list):
        return ", ".join(map(plain, value))
    return str(value)


def rfc3339(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def brief(text: Any, limit: int) -> str:
    """One line within `limit` characters, without a full stop at its end; the end is kept, where causes stand.

    Of a longer one goes first what says nothing: the times that stand before it, and the place in the source."""
    flat = " ".join(plain(text).split()).rstrip(". ")
    if len(flat) <= limit:
        return flat
    return both_ends(_FRAME.sub("", flat, count=1), limit)


def known(value: Any) -> Any:
    """The value itself. Raises ValueError for an empty one, so that nothing is done with it."""
    if value in ("", None, []):
        raise ValueError("nothing that was seen says which value is meant")
    return value


def whole(value: Any) -> int:
    """A whole number. Raises ValueError for what is none: a count must not come out of nothing."""
    return int(float(known(value)))


def plain_number(value: Any) -> str:
    """A number as people write it: no trailing zeros. One that is not known is a question mark."""
    if value in ("", None):
        return "?"
    number = float(value)
    return str(int(number)) if number == int(number) else f"{number:.2f}".rstrip("0")


def doubled(quantity: Any) -> str:
    """Twice a Kubernetes quantity, in its own unit. Raises ValueError for what is none."""
    match = _QUANTITY.match(str(quantity).strip())
    if match is None:
        raise ValueError(f"{quantity!r} is not a Kubernetes quantity")
    return f"{plain_number(float(match[1]) * 2)}{match[2]}"


def _times(value: Any, argument: str) -> int:
    """So many times a whole number. Raises ValueError for what is none."""
    return whole(value) * int(argument)


def _quote(value: Any, argument: str) -> str:
    return f'"{brief(value, int(argument or QUOTED))}"'


def _scheduler(value: Any, argument: str) -> str:
    return _quote(plain(value).split(_PREEMPTION)[0], argument)


def minute(value: Any) -> str:
    """The time of a metric's period to the minute: its start is no instant at which something happened."""
    moment = value if isinstance(value, datetime) else _moment(plain(value))
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else plain(value)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _plural(value: Any, argument: str) -> str:
    one, many = argument.split()
    return one if isinstance(value, list) and len(value) == 1 else many


def _count(value: Any, argument: str) -> str:
    """`3 replicas`, `1 replica`; the plural is regular."""
    number = plain_number(value)
    return f"{number} {argument}" if number == "1" else f"{number} {argument}s"


def _first(value: Any, argument: str) -> Any:
    return value[0] if isinstance(value, list) and value else ""


def _with_names(value: Any, argument: str) -> str:
    """`node a`, `nodes a, b`; nothing for nobody."""
    names = list(dict.fromkeys(map(plain, value)))[:3] if isinstance(value, list) else []
    return f"{argument}{'s' if len(names) > 1 else ''} {', '.join(names)}" if names else ""


def _host(value: Any, argument: str) -> str:
    """The first label of a host's name; of an IP address nothing."""
    label = plain(value).split(".")[0].split(":")[0]
    return "" if label.isdecimal() else label


def _without_port(value: Any, argument: str) -> str:
    return plain(value).split(":")[0]


def _port(value: Any, argument: str) -> int:
    """The port of `host:port`; 0 where there is none."""
    port = plain(value).split("/")[0].rpartition(":")[2]
    return int(port) if port.isdecimal() and ":" in plain(value) else 0


def _full_address(value: Any, argument: str) -> str:
    """An address that is an IP address or a full name; of a single label nothing."""
    return plain(value) if "." in plain(value) else ""


def _role(value: Any, argument: str) -> str:
    """The name in `assumed-role/NAME/SESSION`."""
    parts = plain(value).split("/")
    return parts[1] if len(parts) > 1 else parts[0]


def _path(value: Any, argument: str) -> str:
    """`namespace/name` of the first `Kind/namespace/name`."""
    return "/".join(plain(_first(value, "") or value).split("/")[1:])


def _target(value: Any, argument: str) -> str:
    """`Kind/name`, as kubectl takes it, of the first `Kind/namespace/name`."""
    kind, _, rest = plain(_first(value, "") or value).partition("/")
    return f"{kind}/{rest.rpartition('/')[2]}"


def _service(value: Any, argument: str) -> str:
    """`namespace/name` of the Service with the DNS name `name.namespace…`."""
    name, _, rest = plain(value).partition(".")
    return f"{rest.split('.')[0]}/{name}" if rest else ""


FORMATS: Final[dict[str, Callable[[Any, str], Any]]] = {
    "quote": _quote,  # "one line in quotation marks", at most so many characters
    "brief": lambda value, argument: brief(value, int(argument or QUOTED)),
    "scheduler": _scheduler,  # what the scheduler says, without what it says of preemption, in quotation marks
    "number": lambda value, argument: plain_number(value),
    "minute": lambda value, argument: minute(value),
    "count": _count,  # {x:count replica}
    "plural": _plural,  # {pods:plural was were}
    "and": lambda value, argument: " and ".join(map(plain, value)) if isinstance(value, list) else plain(value),
    "named": _with_names,  # {pod names:named pod}
    "first": _first,
    "int": lambda value, argument: whole(value),
    "doubled": lambda value, argument: doubled(value),
    "times": _times,  # {seconds:times 4}
    "known": lambda value, argument: known(value),
    "host": _host,
    "without_port": _without_port,
    "port": _port,
    "dotted": _full_address,
    "role": _role,
    "path": _path,
    "target": _target,
    "service": _service,
}
