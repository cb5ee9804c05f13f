"""One record for each kind of observation: everything that any part of the product knows about its code.

Schema, sets, sentences and checks follow from these records. To add a code: one record in a module of this folder, and
the function of a server that emits it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Polarity = Literal["trouble", "past_trouble", "reported", "neutral", "well", "hygiene"]
TROUBLE: Final = "trouble"  # wrong now, whoever looks
PAST_TROUBLE: Final = "past_trouble"  # wrong when it happened; its age and other facts tell whether it still is
REPORTED: Final = "reported"  # somebody reports trouble, or it may be trouble for somebody else
NEUTRAL: Final = "neutral"  # explains, and is no trouble by itself
WELL: Final = "well"
HYGIENE: Final = "hygiene"  # unwise, but breaks nothing; only reported when asked for

# What an alarm may claim, and a measurement may show: the words of the field.
Quantity = Literal[
    "availability",
    "endpoints",
    "latency",
    "errors",
    "traffic",
    "throttling",
    "cpu",
    "memory",
    "disk",
    "connections",
    "pods",
    "restarts",
    "replicas",
    "scheduling",
    "scaling_limit",
    "job_failure",
    "node",
    "pressure",
    "backlog",
    "replication",
    "quota",
    "eviction",
    "deletion",
    "certificate",
    "telemetry",
    "heartbeat",
    "health",
    "unknown",
]
ANY: Final = "*"  # in `disproves`: whatever the alarm claims, for it is the alarm's own state

Kind = Literal["text", "count", "number", "flag", "time", "list", "scalar"]
Value = str | int | float | bool | list[str]
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "text": (str,),
    "time": (str,),
    "count": (int,),
    "number": (int, float),
    "flag": (bool,),
    "list": (list,),
    "scalar": (str, int, float, bool),
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """A field of an observation. Empty text stands for "not known", whatever the kind; times are RFC 3339."""

    kind: Kind
    about: str = ""
    values: tuple[str, ...] = ()

    def takes(self, value: Value) -> bool:
        if value == "":
            return True
        if isinstance(value, bool) and self.kind not in ("flag", "scalar"):
            return False
        return isinstance(value, _TYPES[self.kind]) and (not self.values or value in self.values)


def text(about: str = "") -> Attribute:
    return Attribute("text", about)


def count(about: str = "") -> Attribute:
    """A whole number."""
    return Attribute("count", about)


def number(about: str = "") -> Attribute:
    """A measured value; `about` says its unit."""
    return Attribute("number", about)


def flag(about: str = "") -> Attribute:
    return Attribute("flag", about)


def time(about: str = "") -> Attribute:
    return Attribute("time", about)


def names(about: str = "") -> Attribute:
    """A list of texts."""
    return Attribute("list", about)


def scalar(about: str = "") -> Attribute:
    """What the source gives as a text or as a number."""
    return Attribute("scalar", about)


def one_of(*values: str, about: str = "") -> Attribute:
    return Attribute("text", about, values)


@dataclass(frozen=True, slots=True)
class ObservationType:
    """`meaning` completes "this means that …". `sentences` are tried in turn: the first whose attributes are all there
    is used; `{on}` is the subject.

    `proves_well`: kinds of subjects whose health it shows. `felt_by_users`: requests fail or nobody is served.
    `during_rollout`: pods look so while they are being replaced. `holds_while_seen`: read from a state, so its age does
    not matter. `is_change`: somebody or something changed it. `over_once`: it is over when its pod has started, or is
    ready. `points_at`: the attribute that names what the subject calls.
    `shows` and `disproves`: the quantities of which it shows that they are bad, or that they are not (`ANY`: whatever
    the alarm claims). Where `metric_in` names the attribute that holds a metric's name, that metric's quantity is
    meant.
    `by_period`: its times are starts of a metric's periods, and no instants at which something happened.
    """

    code: str
    meaning: str
    polarity: Polarity
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    sentences: tuple[str, ...] = ()
    proves_well: tuple[str, ...] = ()
    felt_by_users: bool = False
    during_rollout: bool = False
    holds_while_seen: bool = False
    is_change: bool = False
    over_once: Literal["", "started", "ready"] = ""
    points_at: str = ""
    by_period: bool = False
    shows: tuple[Quantity, ...] = ()
    disproves: tuple[Quantity | Literal["*"], ...] = ()
    metric_in: str = ""

    @property
    def described(self) -> str:
        """Everything that the table says of it, as one text."""
        parts = [" ".join([name, *entry.values, entry.about]) for name, entry in self.attributes.items()]
        return " ".join([self.meaning, *parts])

    @property
    def scope(self) -> str:
        """What it is about: the part of its code before the dot."""
        return self.code.partition(".")[0]
