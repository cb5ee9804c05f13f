"""Kinds of log lines."""

from __future__ import annotations

import pytest

from mcp_servers.signals.logs.headers import without_header, without_headers
from mcp_servers.signals.logs.masks import tokens
from mcp_servers.signals.logs.patterns import group, patterns

PLACED = [
    f"2026-03-01T12:00:{i:02} INFO shop.Orders: order {i * 37} placed by user u{i} in {i * 3} ms" for i in range(30)
]
REFUSED = [f"2026-03-01T12:01:{i:02} ERROR shop.Orders: payment for order {i} refused: card expired" for i in range(9)]
FAILED = [f"2026-03-01T12:01:{i:02} ERROR shop.Orders: payment for order {i} failed: bank closed" for i in range(7)]


def test_lines_that_differ_in_values_are_one_kind_and_others_are_not() -> None:
    kinds = patterns(list(enumerate(PLACED + REFUSED + FAILED)))
    assert [(p.count, p.first, p.last) for p in kinds] == [(30, 0, 29), (9, 30, 38), (7, 39, 45)]
    assert kinds[1].text == "payment for order <*> refused: card expired"
    assert kinds[1].example == REFUSED[0]


def test_a_word_with_many_values_is_a_value_and_one_with_few_tells_apart() -> None:
    names = ["amber", "birch", "cedar", "dahlia", "elm", "fern"]
    lines = [f"worker {name} joined the pool" for name in names] + ["worker left early today maybe"]
    assert group(lines)[:6] == ["worker <*> joined the pool"] * 6
    modes = [f"the door is now {state}" for state in ("open", "shut") for _ in range(5)]
    assert len(set(group(modes))) == 2


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            "Mar  1 12:00:01 web-1 sshd[812]: Failed password for admin from 10.0.0.7 port 2201 ssh2",
            "Failed password for admin from <*> port <*>",
        ),
        ("[Sun Dec 04 04:47:44 2005] [error] child init failed", "child init failed"),
        ("17/06/09 20:10:40 INFO storage.BlockManager: stored 737.0 KB (free 3 MB)", "stored <*> free <*>"),
        ("12:00:00.123 WARN call to https://api.example.test/v1?q=7 took 12s", "call to <*> took <*>"),
        ("login of user ana from build.example.com at Wed Jun 22 2005", "login of user ana from <*> at <*>"),
        ("ready=true, mode = fast hosts [a1, b2, c3] (12)", "ready= <*> mode= <*> hosts <*>"),
        ("connection from 10.0.0.1 () lost", "connection from <*> lost"),
        ("rhost= user=root", "rhost= <*> user= <*>"),
    ],
)
def test_headers_go_and_what_varies_is_masked(line: str, says: str) -> None:
    assert " ".join(tokens(without_header(line))) == says


STATES = ["started", "stopped", "saved", "paused", "lost", "found"]


@pytest.mark.parametrize(
    "header",
    [
        "{i} rack{i} ops hall{i} 1772366400 1 ",
        "20260301-12:00:00:{i}|Part_{word}|3000{i}|",
        "03-01 12:00:{i}.123  1702  {i} D {word}Manager: ",
        "2026-03-01 12:00:{i},123 INFO [{word} handler {i} on 80] - ",
    ],
)
def test_a_header_is_told_by_its_form_whatever_the_logger(header: str) -> None:
    messages = [f"{state} the {thing}" for state in STATES for thing in ("cache", "queue", "index", "lease")]
    words = ["Alpha", "Beta", "Gamma", "Delta", "Eta", "Theta", "Iota"]
    lines = [header.format(i=10 + n, word=words[n % 7]) + text for n, text in enumerate(messages)]
    message = without_headers(lines)
    assert [message(line) for line in lines] == messages


def test_lines_that_all_have_one_form_keep_their_words() -> None:
    lines = [f"10.0.0.{n} GET /shop/{'ab'[n % 2] * n} {200 + n % 3}" for n in range(1, 60)]
    assert all("GET" in line for line in map(without_headers(lines), lines))


def test_nothing_gives_nothing_and_an_empty_line_is_a_kind() -> None:
    assert patterns([]) == []
    assert [p.count for p in patterns([(1.0, ""), (2.0, "")])] == [2]
