from __future__ import annotations

from typing import Any

import pytest

from tests.lab_prometheus.samples import Store


@pytest.mark.parametrize(
    ("promql", "problem"),
    [
        ("", "unknown position: parse error: no expression found in input"),
        ("sum(rate(hits[1m])", "1:19: parse error: unclosed left parenthesis"),
        ("hits)", "1:5: parse error: unexpected right parenthesis ')'"),
        ("hits{", "1:6: parse error: unclosed left brace"),
        ("1 +", "1:4: parse error: unexpected end of input"),
        ("*1", "1:1: parse error: unexpected <op:*>"),
        ("1 1", '1:3: parse error: unexpected number "1"'),
        ('hits{a="b', "1:8: parse error: unterminated quoted string"),
        ("hits{a}", '1:7: parse error: unexpected "}" in label matching, expected label matching operator'),
        ("hits{a=b}", '1:8: parse error: unexpected identifier "b" in label matching, expected string'),
        ('hits{a=~"("}', "1:6: parse error: error parsing regexp: missing ), unterminated subpattern: `(`"),
        ("{}", "1:1: parse error: vector selector must contain at least one non-empty matcher"),
        ('{a=~".*"}', "1:1: parse error: vector selector must contain at least one non-empty matcher"),
        ('hits{__name__="b"}', '1:1: parse error: metric name must not be set twice: "hits" or "b"'),
        ("nosuch(hits)", '1:1: parse error: unknown function with name "nosuch"'),
        ("rate(hits)", '1:6: parse error: expected type range vector in call to function "rate", got instant vector'),
        ("abs(hits[5m])", '1:5: parse error: expected type instant vector in call to function "abs", got range vector'),
        ("rate()", '1:1: parse error: expected 1 argument(s) in call to "rate", got 0'),
        ("round(hits, 1, 2)", '1:1: parse error: expected at most 2 argument(s) in call to "round", got 3'),
        ("label_join(hits, 'a')", '1:1: parse error: expected at least 3 argument(s) in call to "label_join", got 2'),
        ("sum()", "1:1: parse error: no arguments for aggregate expression provided"),
        ("topk(hits)", "1:1: parse error: wrong number of arguments for aggregate expression provided, "
                       "expected 2, got 1"),
        ("sum(5)", "1:5: parse error: expected type instant vector in aggregation expression, got scalar"),
        ("topk('a', hits)", "1:6: parse error: expected type scalar in aggregation parameter, got string"),
        ("hits[5m] + 1", "1:1: parse error: binary expression must contain only scalar and instant vector types"),
        ("1 == 1", "1:3: parse error: comparisons between scalars must use BOOL modifier"),
        ("hits and 1", '1:1: parse error: set operator "and" not allowed in binary scalar expression'),
        ("hits and on(a) group_left hits", '1:1: parse error: no grouping allowed for "and" operation'),
        ("hits + bool hits", "1:6: parse error: bool modifier can only be used on comparison operators"),
        ("hits + on(a) 1", "1:1: parse error: vector matching only allowed between instant vectors"),
        ("(1 + 1)[5m]", "1:8: parse error: ranges only allowed for vector selectors"),
        ("hits[5m][5m]", "1:9: parse error: ranges only allowed for vector selectors"),
        ("hits offset 5m [5m]", "1:16: parse error: no offset modifiers allowed before range"),
        ("hits offset 1m offset 1m", "1:1: parse error: offset may not be set multiple times"),
        ("hits[0m]", "1:6: parse error: duration must be greater than 0"),
        ("hits[5x]", '1:6: parse error: bad number or duration syntax: "5x"'),
        ("-'a'", '1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, '
                 'got "string"'),
        ("hits[5m:1m] + 1", "1:1: parse error: binary expression must contain only scalar and instant vector types"),
        ("1[5m:]", "1:1: parse error: subquery is only allowed on instant vector, got scalar instead"),
        ("sum(hits) +\n  rate(hits)", "2:8: parse error: expected type range vector in call to function "
                                      '"rate", got instant vector'),
        ("hits $ 1", "1:6: parse error: unexpected character: '$'"),
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_read_is_refused_with_its_place(store: Store, promql: str, problem: str) -> None:
    assert store.error(promql) == (400, "bad_data", problem)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"query": "up", "start": 10, "end": 5, "step": 1}, "end timestamp must not be before start time"),
        ({"query": "up", "start": 0, "end": 5, "step": 0}, "zero or negative query resolution step widths are not"),
        ({"query": "up", "start": 0, "end": 99999, "step": 1}, "exceeded maximum resolution of 11,000 points"),
        ({"query": "up", "start": "yesterday", "end": 5, "step": 1}, 'cannot parse "yesterday" to a valid timestamp'),
        ({"query": "up", "start": 0, "end": 5, "step": "often"}, 'cannot parse "often" to a valid duration'),
        (
            {"query": "up[5m]", "start": 0, "end": 5, "step": 1},
            'invalid expression type "range vector" for range query',
        ),
    ],
)
def test_a_range_that_cannot_be_answered_is_refused(store: Store, arguments: dict[str, Any], problem: str) -> None:
    answer = store.lab.ask("query_range", **arguments)
    assert (answer.status_code, answer.json()["errorType"]) == (400, "bad_data")
    assert problem in answer.json()["error"]
