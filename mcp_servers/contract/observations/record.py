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

# How users notice it: requests fail, nobody is served, or fewer replicas are ready than desired.
Felt = Literal["", "requests_fail", "nobody_served", "fewer_serve"]
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
    "rollout",
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
    is used; `{on}` is the subject. `sentences_by_kind` are used instead where the subject is of that kind, and
    `past_sentences` where it is told as something that is over.

    `shows` and `disproves`: the quantities of which it shows that they are bad, or that they are not (`ANY`: whatever
    the alarm claims). Where `metric_in` names the attribute that holds a metric's name, that metric's quantity is
    meant.
    """

    code: str
    meaning: str
    polarity: Polarity
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    sentences: tuple[str, ...] = ()
    sentences_by_kind: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    past_sentences: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()  # codes with one in common speak of the same; a good sign denies the bad ones
    priority: int = 0  # of several facts the highest is shown first; below 0: after all others
    quotes_source: bool = False  # a report quotes the source's own words beside the sentence

    # What it says about health, users and data.
    proves_well: tuple[str, ...] = ()  # kinds of subjects whose health it shows
    felt_by_users: Felt = ""
    alarm_state: Literal["", "firing", "ok", "no_data"] = ""
    off_level: bool = False  # a metric is, or was, away from its usual level
    no_data: bool = False  # nothing was measured, which is no sign of health
    needs_complete_look: bool = False  # only true where the source was read completely
    offers_rollback: bool = False  # something to return to; no trouble by itself
    offers_correction: bool = False  # a value that a field of a template evidently should have
    tells_history: bool = False  # an answer to "what changed" about a managed resource
    counts_against_write: bool = False  # past trouble that is new after a write made things worse

    # When it began, and when it is over.
    by_period: bool = False  # its times are starts of a metric's periods, not instants at which something happened
    timed_from_start: bool = False  # its time is when it began, not when it was last seen
    dates_failure: bool = False  # the first of these tells when a workload began to fail
    slow_to_show: bool = False  # it may come long after the change that causes it
    during_rollout: bool = False  # pods look so while they are being replaced
    holds_while_seen: bool = False  # read from a state, so its age does not matter
    over_once: Literal["", "started", "ready"] = ""  # it is over when its pod has started, or is ready
    over_since: str = ""  # the attribute that says since when it is over; such a fact is never current
    proves_start: bool = False  # its container has started at least once
    runs_again: bool = False  # the container is up again, so only repeated restarts count as trouble

    # What changed, and what it is connected to.
    is_change: bool = False  # somebody or something changed it
    replaces_earlier: bool = False  # of several on one subject only the newest counts
    points_at: str = ""  # the attribute that names what the subject calls
    noticed_by: str = ""  # the attribute that names those who complain of the subject, as `Kind/namespace/name`
    points_at_kinds: tuple[str, ...] = ()  # that attribute names a resource of one of these kinds; none: an address

    # What an alarm claims, and this shows.
    shows: tuple[Quantity, ...] = ()
    disproves: tuple[Quantity | Literal["*"], ...] = ()
    metric_in: str = ""

    @property
    def description(self) -> str:
        """Everything that the table says of it, as one text."""
        parts = [" ".join([name, *entry.values, entry.about]) for name, entry in self.attributes.items()]
        return " ".join([self.meaning, *parts])

    @property
    def scope(self) -> str:
        """What it is about: the part of its code before the dot."""
        return self.code.partition(".")[0]

    @property
    def from_log(self) -> bool:
        """Whether lines of a log say it."""
        return self.scope == "log"
