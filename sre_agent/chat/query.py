"""A question as it was understood: an intent with typed slots. Nothing in it was looked up yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from sre_agent.chat.comparisons import AttributeComparison
from sre_agent.chat.states import StateWord
from sre_agent.language.mentions import EXCLUDED, Mention
from sre_agent.language.spans import TimeSpan

Intent = str  # the name of a file of `intents`
UNKNOWN: Final[Intent] = "unknown"  # no file's: nothing tells what is wanted
THAT_ONE: Final = "one"  # what is pointed to without a kind: one of what the answer before told


@dataclass(frozen=True)
class KindPair:
    """Things of `kind` (empty: workloads) that have one of the kind `partner`, or, `denied`, have none."""

    kind: str
    partner: str
    denied: bool


@dataclass(frozen=True)
class CountedField:
    """What of a line is counted by: `which address the most`, or, `distinct`, `how many different addresses`."""

    name: str
    distinct: bool


@dataclass(frozen=True)
class ChatQuery:
    """`kinds` are kinds that no name takes up: what is to be listed or counted; `cloud_kinds` are the same of AWS.
    `columns` are attributes; `lacking` those that are to be empty, `having` those that are to be set. `conditions` are
    (attribute, value, whether it is denied).

    `refers` says that something of before is meant, `pointed` of which kind (or THAT_ONE), `several` all of it. `words`
    are what is left of the text when names, times and fillers are gone, for questions about what log lines hold.

    `deed` is what somebody may have done, as the table of deeds calls it. `ordinal` is the place of what is meant among
    the things of before: 2 for `the second one`, 0 where none is said.

    `forms` are those of the sentence: what the order of its words tells.

    `resources` are those of which there are amounts: cpu, memory, storage. `measures` are what is measured of a
    service (requests, errors, latency, messages, throttling), `percentile` by which statistic: `p95`.
    `counted_field` is what lines are counted by.

    `idle` are words that were not understood and are no names either.

    `rival` is an intent for which as much speaks: which one is meant has to be asked. `strength` is that of the sign
    by which the intent was chosen.
    """

    text: str
    intent: Intent
    rival: Intent | None = None
    strength: int = 0
    cues: frozenset[str] = frozenset()
    forms: frozenset[str] = frozenset()
    kinds: tuple[str, ...] = ()
    cloud_kinds: tuple[str, ...] = ()
    mentions: tuple[Mention, ...] = ()
    states: tuple[tuple[StateWord, bool], ...] = ()
    unhealthy: bool = False
    columns: tuple[str, ...] = ()
    group_by: str = ""
    order: tuple[str, bool] | None = None
    comparison: AttributeComparison | None = None
    selector: str = ""
    texts: tuple[str, ...] = ()
    level: str = ""
    limit: int | None = None
    oldest: bool = False
    thresholds: tuple[tuple[str, str], ...] = ()
    window: TimeSpan = field(default_factory=TimeSpan)
    log_group: str = ""
    previous: bool = False
    metrics: tuple[str, ...] = ()
    topic: str = ""
    verb: str = ""
    deed: str = ""
    ordinal: int = 0
    refers: str = ""
    pointed: str = ""
    several: bool = False
    resources: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    percentile: str = ""
    counted_field: CountedField | None = None
    lacking: tuple[str, ...] = ()
    having: tuple[str, ...] = ()
    conditions: tuple[tuple[str, str, bool], ...] = ()
    negated: bool = False
    pair: KindPair | None = None
    words: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()

    @property
    def candidates(self) -> tuple[Mention, ...]:
        """The mentions that may be the subject: not marked as a namespace, no topic, not excluded."""
        no_subject = ("namespace", EXCLUDED)
        return tuple(m for m in self.mentions if m.place not in no_subject and not m.topic and not m.weak)

    @property
    def excluded(self) -> tuple[str, ...]:
        """The names of what is not asked about: `is anything besides web failing`."""
        return tuple(mention.name for mention in self.mentions if mention.place == EXCLUDED)

    def excludes(self, name: str) -> bool:
        """Whether a thing of that name, or a pod of it, is not asked about."""
        return any(name == one or name.startswith(f"{one}-") for one in self.excluded)
