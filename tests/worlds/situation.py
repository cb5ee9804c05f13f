"""A situation: a world by a seed, what starts the run, and which ends are right; and how an end is judged.

To add an ability: a file `ability_NAME.py` in this folder, with functions under `@situation`.
"""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from tests.worlds.objects import Obj
from tests.worlds.parts import Draw

End = Literal["well", "open", "cause", "answered"]
# Abilities whose other half has been read, but for that of the files of a later round.
OPENED: Final = frozenset(
    {"fit", "logs", "outages", "postmortems", "proposals", "questions", "questions asked", "reasons", "several",
     "stories", "time"}
)  # fmt: skip
APART: Final = frozenset(
    {"asked_at_the_desk", "asked_at_the_end", "asked_by_strangers", "asked_in_the_morning", "asked_on_a_train",
     "asked_on_rota", "asked_on_shift", "asked_when_paged", "unseen_one", "unseen_two"}
)  # fmt: skip
UNMENDED: Final = frozenset(  # rounds of which several still fail
    {"asked_at_the_desk", "asked_in_the_morning", "asked_on_a_train", "asked_on_shift"}
)
SURE: Final = 0.7  # from here on a wrong cause weighs more than a miss
WELL_SAID: Final = re.compile(r"\b(?:is|are) (?:healthy|well)\b|\bnothing is wrong\b", re.I)


@dataclass(frozen=True)
class Expect:
    """`ends`: `well` is no_fault or recovered, `open` an escalation without a believed cause, `cause` a believed one.

    `classes` and `subjects` are those that a believed cause may have (empty: any). `says` and `never` are patterns over
    the statement, `steps` over the next steps of the report. `remedy` is the tool that has to be proposed, with some of
    its arguments. `innocent` are names that no cause may sit on. `is_well` says that nothing is wrong: everywhere else
    an all-clear is false.
    """

    ends: tuple[End, ...]
    classes: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    may_propose: bool = False
    remedy: tuple[str, dict[str, Any]] | None = None
    steps: tuple[str, ...] = ()
    innocent: tuple[str, ...] = ()

    @property
    def is_well(self) -> bool:
        return "well" in self.ends


OPEN: Final = Expect(("open",))
WELL: Final = Expect(("well",))
TROUBLE: Final = Expect(("open", "cause"), may_propose=True)
NOBODY: Final = Expect(("open", "answered"))  # nothing is there that could be judged


@dataclass(frozen=True)
class Told:
    """A world with its trigger, and what is right."""

    world: Obj
    trigger: Obj
    expect: Expect


@dataclass(frozen=True)
class Situation:
    """`source` is the file that it stands in, without `ability_` and the ending."""

    ability: str
    name: str
    make: Callable[[Draw], Told]
    source: str

    @property
    def kept_aside(self) -> bool:
        if self.ability in OPENED and self.source not in APART:
            return False
        return hashlib.sha256(self.name.encode()).digest()[0] % 2 == 1

    def told(self, seed: int) -> Told:
        return self.make(Draw(random.Random(f"{self.name} {seed}")))


@dataclass(frozen=True)
class Grade:
    """`short` is what falls short, empty where all is right."""

    short: tuple[str, ...]
    false_all_clear: bool
    wrong_and_sure: bool
    named_wrongly: bool = False  # whatever its confidence


_KNOWN: Final[dict[str, Situation]] = {}


def situation(ability: str, source: str = "") -> Callable[[Callable[[Draw], Told]], Callable[[Draw], Told]]:
    def mark(make: Callable[[Draw], Told]) -> Callable[[Draw], Told]:
        name = make.__name__
        assert name not in _KNOWN, f"two situations are called {name}"
        _KNOWN[name] = Situation(ability, name, make, source or make.__module__.rpartition(".ability_")[2])
        return make

    return mark


def situations() -> list[Situation]:
    """All of this folder's `ability_*` files, by ability and name."""
    package = importlib.import_module("tests.worlds")
    for module in pkgutil.iter_modules(package.__path__):
        if module.name.startswith("ability_"):
            importlib.import_module(f"tests.worlds.{module.name}")
    return sorted(_KNOWN.values(), key=lambda one: (one.ability, one.name))


def end_of(result: dict[str, Any]) -> End:
    if result["outcome"] == "remediated" or result["reason"] in ("no_fault", "recovered"):
        return "well"
    if result["outcome"] == "answered":
        return "well" if WELL_SAID.search(str(result["statement"])) else "answered"
    return "cause" if result.get("root_cause") else "open"


def grade_of(expect: Expect, result: dict[str, Any]) -> Grade:
    end, statement, cause = end_of(result), str(result["statement"]), result.get("root_cause") or {}
    short = list(_shortcomings(expect, result, end, statement, cause))
    named_wrongly = bool(cause) and end != "well" and any(one.startswith("cause") for one in short)
    return Grade(
        short=tuple(short),
        named_wrongly=named_wrongly,
        false_all_clear=not expect.is_well and end == "well",
        wrong_and_sure=named_wrongly and float(cause.get("confidence") or 0) >= SURE,
    )


def _shortcomings(
    expect: Expect, result: dict[str, Any], end: End, statement: str, cause: dict[str, Any]
) -> Iterator[str]:
    if end not in expect.ends:
        yield f"{'cause' if end == 'cause' else 'end'} {end} is not one of {', '.join(expect.ends)}"
    elif end == "cause":
        if expect.classes and cause["failure_class"] not in expect.classes:
            yield f"cause {cause['failure_class']} is not one of {', '.join(expect.classes)}"
        if expect.subjects and cause["subject"] not in expect.subjects:
            yield f"cause on {cause['subject']}, not on {', '.join(expect.subjects)}"
        if str(cause["subject"]).rpartition("/")[2] in expect.innocent:
            yield f"cause on {cause['subject']}, which has nothing to do with it"
    for pattern in expect.says:
        if not re.search(pattern, statement, re.I | re.S):
            yield f"the statement lacks {pattern}"
    for pattern in expect.steps:
        if not any(re.search(pattern, str(step), re.I | re.S) for step in result.get("next_steps") or []):
            yield f"no next step has {pattern}"
    for pattern in expect.never:
        if re.search(pattern, statement, re.I | re.S):
            yield f"the statement says {pattern}"
    if expect.remedy is not None:
        call = result.get("proposed_call") or {"tool": "nothing", "arguments": {}}
        tool, arguments = expect.remedy
        if call["tool"] != tool or not arguments.items() <= call["arguments"].items():
            yield f"it proposes {call['tool']} with {call['arguments']}, not {tool} with {arguments}"
    elif (result.get("proposed") and not expect.may_propose) or result["writes"]:
        yield f"it proposes {result.get('proposed') or result['writes']}"
