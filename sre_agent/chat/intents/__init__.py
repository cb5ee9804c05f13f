"""What a question wants: one file for each intent, with the signs by which it is told and example sentences.

The strongest sign that holds decides. Signs have no order: where the strongest ones of two intents are equally strong,
neither is chosen over the other, and a person is asked which is meant.

A new intent is a file here and the function that answers it, which says so with `@answers("NAME")` in a module of
`answers`. Words that tell it and that `words.yaml` has for no cue yet stand in its file, under `cues`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from sre_agent.chat.facts import facts
from sre_agent.chat.intent_files import intent_files
from sre_agent.chat.query import UNKNOWN, ChatQuery, Intent

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class IntentPattern:
    """`terms` have to hold together; of the alternatives of a term one. An alternative is a fact, or denies one."""

    intent: Intent
    text: str
    strength: int
    terms: tuple[tuple[tuple[str, bool], ...], ...]

    def holds(self, true: frozenset[str]) -> bool:
        return all(any((fact in true) is expected for fact, expected in term) for term in self.terms)


@dataclass(frozen=True)
class IntentDefinition:
    """The file of an intent. `ask` is a sentence that asks for it, with `{}` for each name that it needs.

    `of_one`: a question that names nothing is about what the last answer was about. `from_store`: it is answered from
    what is on record about incidents, and no cluster is looked at.
    """

    says: str
    example_question: str
    signs: tuple[IntentPattern, ...]
    examples: tuple[str, ...]
    of_one: bool = False
    from_store: bool = False

    @property
    def teaching(self) -> tuple[str, ...]:
        """The examples by which signs are written."""
        return self.examples[::2]

    @property
    def testing(self) -> tuple[str, ...]:
        """The other half, which only tests them."""
        return self.examples[1::2]


@dataclass(frozen=True)
class IntentChoice:
    """`rival` is another intent whose sign is as strong as the one that decided: `strength`."""

    intent: Intent
    rival: Intent | None = None
    strength: int = 0


@cache
def intent_definitions() -> dict[Intent, IntentDefinition]:
    """All intents by their names. Raises KeyError or ValueError for a file that is not of that form."""
    definitions: dict[Intent, IntentDefinition] = {}
    for name, fields in intent_files().items():
        signs = tuple(
            IntentPattern(name, text, int(strength), _terms(text)) for text, strength in fields["signs"].items()
        )
        definitions[name] = IntentDefinition(
            fields["says"],
            fields["ask"],
            signs,
            tuple(fields["examples"]),
            bool(fields.get("of_one")),
            bool(fields.get("from_store")),
        )
    return definitions


def choose(query: ChatQuery) -> IntentChoice:
    """The intent with the strongest sign; UNKNOWN where no sign holds."""
    true = facts(query)
    holding = sorted((sign for sign in _signs() if sign.holds(true)), key=lambda sign: -sign.strength)
    if not holding:
        return IntentChoice(UNKNOWN)
    best = holding[0]
    other = next((sign for sign in holding if sign.intent != best.intent), None)
    rival = other.intent if other is not None and other.strength == best.strength else None
    if _log.isEnabledFor(logging.DEBUG):
        signs_text = "; ".join(f"{sign.intent} {sign.strength} by [{sign.text}]" for sign in holding[:3])
        _log.debug("intent of %r: %s", query.text, signs_text)
    return IntentChoice(best.intent, rival, best.strength)


def intent_from_store(intent: Intent) -> bool:
    """Whether it is answered from what is on record about incidents."""
    return intent in intent_definitions() and intent_definitions()[intent].from_store


def asking(intent: Intent, names: Sequence[str]) -> str:
    """A sentence that asks for the intent about these names; about `it` where there are too few."""
    ask = intent_definitions()[intent].example_question
    arguments = [*names, *["it"] * ask.count("{}")]
    return ask.format(*arguments[: ask.count("{}")])


@cache
def _signs() -> tuple[IntentPattern, ...]:
    return tuple(sign for one in intent_definitions().values() for sign in one.signs)


def _terms(text: str) -> tuple[tuple[tuple[str, bool], ...], ...]:
    return tuple(tuple((fact.removeprefix("-"), fact[0] != "-") for fact in term.split("/")) for term in text.split())
