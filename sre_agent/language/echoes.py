"""What an answer only repeats of its question: whoever asks could otherwise prove a sentence by asking it.

A name that the answer's facts hold is shown, although it was asked for. A name that stands in no more than the text,
the error or the coverage came from whoever asked; so did every word of an expression, wherever it comes back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import takewhile
from typing import Any, Final

from mcp_servers.contract.facts import Answer
from sre_agent.domain.finding import Evidence

CHARACTERS: Final = 4_000  # of an argument; the rest of a longer one comes back in no answer
HEAD: Final = 24  # characters by which a piece of an expression is known again
NOTHING_THERE: Final = re.compile(
    r"\.(?:missing|absent)$"
)  # codes of what bears its name only because it was asked for
_NAME: Final = re.compile(r"[\w./:@+%-]{1,300}")
_WORD: Final = re.compile(r"[\w./:@+%-]+")


def unechoed(item: Evidence) -> Evidence:
    """A call of a model's, whose text says what stands in data and coverage as well, without whatever there or in its
    error is no more than its question. Rows of data show a name that was asked for, but no words of an expression."""
    arguments = argument_texts(item.arguments)
    if item.answer is None:
        refusal = item.refusal.reworded(lambda text: without(text, arguments)) if item.refusal is not None else None
        return item.model_copy(update={"refusal": refusal})
    names, expressions = apart(arguments)
    fact_text, rows = facts(item.answer, arguments), "\n".join(_leaves(item.answer.data))
    nothing = any(NOTHING_THERE.search(one.code) for one in item.answer.observations)
    coverage_text = "\n".join(_leaves([one.model_dump(mode="json") for one in item.answer.coverage]))
    text = "\n".join([item.answer.text, coverage_text, rows])
    text = without(without(text, names, fact_text if nothing else f"{fact_text}\n{rows}"), expressions, fact_text)
    return item.model_copy(update={"answer": item.answer.model_copy(update={"text": text})})


def argument_texts(arguments: Mapping[str, Any]) -> list[str]:
    """Every text and number among the arguments, the longest first."""
    return sorted({text[:CHARACTERS] for text in _leaves(dict(arguments)) if text.strip()}, key=lambda t: (-len(t), t))


def apart(arguments: Iterable[str]) -> tuple[list[str], list[str]]:
    """The names among the arguments, and the expressions."""
    every = list(arguments)
    return [one for one in every if _NAME.fullmatch(one)], [one for one in every if not _NAME.fullmatch(one)]


def without(text: str, arguments: Iterable[str], fact_text: str = "") -> str:
    """The text without the arguments and their words, as far as `fact_text` does not hold them."""
    for argument in arguments:
        if _NAME.fullmatch(argument) and _holds(fact_text, argument):
            continue
        text = text.replace(argument, " ")
        for word in dict.fromkeys(_WORD.findall(argument)):
            if not _holds(fact_text, word):
                text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])", " ", text, flags=re.I)
    return text


def facts(answer: Answer, arguments: Iterable[str]) -> str:
    """What the observations and relations say, without those of what is not there, and without the expressions."""
    rows = [one.model_dump(mode="json") for one in answer.observations if not NOTHING_THERE.search(one.code)]
    facts_text = "\n".join(_leaves([*rows, *(one.model_dump(mode="json") for one in answer.relations)]))
    for argument in arguments:
        if not _NAME.fullmatch(argument):
            facts_text = _cut(facts_text, argument)
    return facts_text


def _cut(text: str, expression: str) -> str:
    """Without the expression, also where its end was cut off."""
    text = text.replace(expression, " ")
    head = expression[:HEAD]
    while len(expression) > HEAD and (at := text.find(head)) >= 0:
        alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(text[at:], expression, strict=False)))
        text = text[:at] + " " + text[at + alike :]
    return text


def _holds(text: str, word: str) -> bool:
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])", text, re.I) is not None


def _leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for key, inner in value.items() for text in (str(key), *_leaves(inner))]
    if isinstance(value, list | tuple):
        return [text for inner in value for text in _leaves(inner)]
    return [] if value is None or isinstance(value, bool) else [str(value)]
