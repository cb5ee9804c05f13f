"""No text from outside holds a server up: each regular expression takes time that grows with the text alone.

Of quadratic ones, a text of FIELD_CHARACTERS is more than the budget; of linear ones it is a small part of it.
"""

from __future__ import annotations

import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mcp_servers.contract.bounds import FIELD_CHARACTERS
from mcp_servers.redaction import redacted
from tests.patterns import found, hostile

SECONDS = 0.02  # of CPU that one expression may take over one field, where the processor is not slow
LONGEST = 20  # times as much, after which no growth is measured any more
GROWTH = 3  # of a text of twice the length: a linear expression takes twice the time, a quadratic one four times
TRIES = 3  # a busy machine may take one of them
ANCHORED = frozenset({"match", "fullmatch", "pattern"})
# tables whose expressions are tried at one place of a text only
AT_ONE_PLACE = ("FOLLOWING", "AFTER_A_NAME")


class TooSlowError(Exception):
    pass


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """CPU time of this process, after which the search in hand is broken off."""

    def stop(*_: object) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def searched(pattern: re.Pattern[str], text: str, *, at_start: bool, seconds: float) -> float:
    """The CPU time of a search over the whole text. Raises TooSlowError after that many seconds."""
    start = time.process_time()
    with at_most(seconds):
        if at_start:
            pattern.match(text)
        else:
            for _ in pattern.finditer(text):
                pass
    return time.process_time() - start


def slow_on(pattern: re.Pattern[str], text: str, *, at_start: bool) -> bool:
    """Whether it takes more than its time; on a slow machine also a linear one does, whose time then tells."""
    for _ in range(TRIES):
        try:
            searched(pattern, text, at_start=at_start, seconds=SECONDS)
            return False
        except TooSlowError:
            continue
    part = len(text) // 4
    half = text[:part] + text[-part:]
    try:
        times = [
            min(searched(pattern, one, at_start=at_start, seconds=SECONDS * LONGEST) for _ in range(TRIES))
            for one in (half, text)
        ]
    except TooSlowError:
        return True
    return times[1] > GROWTH * times[0]


def tried_at_one_place(one: found.Expression) -> bool:
    """Whether an expression is only ever asked for a match where a text begins, as its own module shows."""
    if ":" in one.place:
        return one.function in ANCHORED
    module, _, name = one.place.rpartition(".")
    if name in AT_ONE_PLACE:
        return True
    source = Path(str(sys.modules[module].__file__)).read_text(encoding="utf-8")
    uses = re.findall(rf"(?<![.\w]){name}\b(?:\.(\w+))?(?!(?:: [^=\n]+)? = )", source)
    return name.startswith("_") and bool(uses) and set(uses) <= ANCHORED


def slow(length: int, step: int) -> list[str]:
    slow_cases = []
    for one in found.every():
        if not hostile.goes_far(one.pattern):
            continue
        for text in list(hostile.texts(one.pattern, length))[::step]:
            if slow_on(one.pattern, text, at_start=tried_at_one_place(one)):
                slow_cases.append(f"{one.place}: {one.pattern.pattern[:120]!r} on {text[:60]!r}…")
                break
    return slow_cases


def test_every_expression_is_linear_on_a_sample_of_hostile_texts() -> None:
    assert not slow(FIELD_CHARACTERS, 241)


@pytest.mark.long
@pytest.mark.timeout(3_600)
def test_every_expression_is_linear_on_hostile_texts() -> None:
    assert not slow(FIELD_CHARACTERS, 1)


UNITS = (
    "{}=",
    "{}: ",
    '{}="',
    "{}='",
    "{}:\n",
    "{} ",
    "{}=a&",
    "--{} ",
    "{}: [",
    '"{}": "',
    "{}.{}",
    "{}\t",
    "{} is ",
    "{}: |\n  a\n",
)


def hostile_passages() -> list[str]:
    """Names of secrets again and again, as settings, requests, documents and sentences have them."""
    names = ("sessionid", "password", "token", "api_key", "passwords", "authorization", "cookie", "pin")
    return [unit.replace("{}", name) for name in names for unit in UNITS] + [
        "x@y.",
        "://a:",
        "sk-",
        "eyJ",
        "%41",
        "\\u0041",
    ]


@pytest.mark.parametrize("step", [13, pytest.param(1, marks=pytest.mark.long)])
def test_redaction_of_names_again_and_again_takes_time_that_grows_with_their_number(step: int) -> None:
    """A quadratic search takes sixteen times as long over four times the text."""
    problems = []
    for unit in hostile_passages()[::step]:
        short, long = (_seconds(unit * (length // len(unit))) for length in (6_000, 24_000))
        if long > 0.4 and long > 9 * short:
            problems.append(f"{unit!r}: {short:.2f} s, then {long:.2f} s")
    assert not problems


def _seconds(text: str) -> float:
    times = []
    for _ in range(2):
        start = time.process_time()
        redacted(text)
        times.append(time.process_time() - start)
    return min(times)
