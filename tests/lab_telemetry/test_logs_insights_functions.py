from __future__ import annotations

import json

import pytest

from tests.lab_telemetry.conftest import START, Lab
from tests.lab_telemetry.logs import ask, refusal, values, write

EVENT = {
    "level": "ERROR",
    "ms": 12.5,
    "ok": True,
    "empty": "",
    "blank": "  ",
    "ip": "10.1.2.3",
    "ip6": "2001:db8::1",
    "text": " aXYa ",
    "url": "%2Fcart%3Fid",
    "a-b": "dash",
    "user": {"name": "ann", "roles": ["admin", "dev"], "address.city": "Rome"},
    "list": [[1, 2], {"deep": "yes"}],
    "@odd": "at",
    "body": '{"events": [{"name": "one"}, {"name": "two"}]}',
}


@pytest.fixture
def event(lab: Lab) -> Lab:
    write(lab, [json.dumps(EVENT)], start=START - 123.5)
    return lab


def test_json_fields_are_found_by_dotted_names_and_by_places_in_lists(event: Lab) -> None:
    cases = {
        "level": "ERROR",
        "ms": "12.5",
        "ok": "1",
        "`a-b`": "dash",
        "user.name": "ann",
        "user.roles.1": "dev",
        "user.roles[0]": "admin",
        "user.address.city": "Rome",
        "list.0.1": "2",
        "list.1.deep": "yes",
        "@@odd": "at",
        "user": None,
        "none": None,
        "user.none": None,
    }
    assert values(event, cases) == cases


def test_generated_fields_tell_where_an_event_comes_from(event: Lab) -> None:
    (row,) = ask(event, "fields @timestamp, @ingestionTime, @logStream, @log")
    assert row["@timestamp"] == row["@ingestionTime"] == "2025-12-31 23:57:56.500"
    assert (row["@logStream"], row["@log"]) == ("pod-a", f"{event.world.cluster.account}:/app")


def test_text_functions(event: Lab) -> None:
    cases = {
        "trim(text)": "aXYa",
        "ltrim(trim(text), 'a')": "XYa",
        "rtrim(trim(text), 'aY')": "aX",
        "strlen(level)": "5",
        "toupper(user.name)": "ANN",
        "tolower(level)": "error",
        "substr(level, 1)": "RROR",
        "substr(level, 1, 2)": "RR",
        "replace(level, 'R', '-')": "E--O-",
        "strcontains(level, 'RR')": "1",
        "strcontains(level, 'x')": "0",
        "concat(level, ':', user.name, none)": "ERROR:ann",
        "urldecode(url)": "/cart?id",
        "strlen(none)": None,
        "coalesce(none, user.name, level)": "ann",
    }
    assert values(event, cases) == cases


def test_number_functions_and_arithmetic(event: Lab) -> None:
    cases = {
        "abs(0 - ms)": "12.5",
        "-ms + 1": "-11.5",
        "ceil(ms)": "13",
        "floor(ms)": "12",
        "greatest(ms, 3, 40)": "40",
        "least(ms, 3, 40)": "3",
        "sqrt(16)": "4",
        "log(1)": "0",
        "2 ^ 3": "8",
        "10 % 3": "1",
        "1 + 2 * 3": "7",
        "(1 + 2) * 3": "9",
        "ms / 0": None,
        "ms / 3": "4.1667",
        "level * 2": None,
        "sqrt(0 - 1)": None,
    }
    assert values(event, cases) == cases


def test_conditions_are_values_of_one_and_zero(event: Lab) -> None:
    cases = {
        "ispresent(level)": "1",
        "ispresent(none)": "0",
        "isempty(empty)": "1",
        "isempty(none)": "1",
        "isempty(blank)": "0",
        "isblank(blank)": "1",
        "ms > 12 and not level = 'INFO'": "1",
        "level in ['WARN', 'ERROR']": "1",
        "ms not in [1, 12.5]": "0",
        "isValidIp(ip)": "1",
        "isValidIpv4(ip6)": "0",
        "isValidIpv6(ip6)": "1",
        "isValidIp(level)": "0",
        "isIpv4InSubnet(ip, '10.1.0.0/16')": "1",
        "isIpv4InSubnet(ip, '10.2.0.0/16')": "0",
        "isIpv6InSubnet(ip6, '2001:db8::/32')": "1",
        "isIpInSubnet(ip, '10.0.0.0/8')": "1",
        "ok = 1": "1",
        "ok = 'true'": "1",
    }
    assert values(event, cases) == cases


def test_time_functions_cut_times_to_periods(event: Lab) -> None:
    cases = {
        "bin(1m)": "2025-12-31 23:57:00.000",
        "bin(15minutes)": "2025-12-31 23:45:00.000",
        "bin(500ms)": "2025-12-31 23:57:56.500",
        "bin(1mo)": "2025-12-01 00:00:00.000",
        "bin(1q)": "2025-10-01 00:00:00.000",
        "bin(1year)": "2025-01-01 00:00:00.000",
        "datefloor(@timestamp, 1h)": "2025-12-31 23:00:00.000",
        "dateceil(@timestamp, 1d)": "2026-01-01 00:00:00.000",
        "dateceil(@timestamp, 1mo)": "2026-01-01 00:00:00.000",
        "toMillis(@timestamp)": "1767225476500",
        "fromMillis(1767225476500)": "2025-12-31 23:57:56.500",
        "datefloor(none, 1h)": None,
        "now()": str(int(START)),
    }
    assert values(event, cases) == cases


def test_structures_come_of_json_texts_and_are_taken_apart(event: Lab) -> None:
    assert ask(event, "fields jsonParse(body) as b | fields b.events[1].name as n, jsonStringify(b.events) as all") == [
        {
            "b": '{"events":[{"name":"one"},{"name":"two"}]}',
            "n": "two",
            "all": '[{"name":"one"},{"name":"two"}]',
        }
    ]
    assert ask(event, "fields jsonParse(body) as b | unnest b.events into e | display e.name, level") == [
        {"e.name": "one", "level": "ERROR"},
        {"e.name": "two", "level": "ERROR"},
    ]
    assert ask(event, "unnest level into one | display one") == [{"one": "ERROR"}]


REFUSED = {
    "fields strlen()": "strlen does not take 0 arguments",
    "fields substr(level)": "substr does not take 1 arguments",
    "fields bin(5)": "a span of time such as 5m expected in bin",
    "fields abs(5m)": "not a span of time, expected in abs",
    "fields 5m": "a span of time stands in bin",
    "stats count(*) by bin(5x)": "'x' is no unit of time",
    "stats count(*) by bin(0m)": "no span of time",
    "stats pct(ms, 101)": "percentile is between 0 and 100",
    "filter count(*) > 1": "stands in stats only",
    "stats ms by level": "needs a function that sums up a group",
    "stats avg(ms) as a | sort avg(level)": "is no column here",
}


def test_what_cannot_stand_where_it_does_is_refused(event: Lab) -> None:
    refused = {query: refusal(event, query) for query in REFUSED}
    assert {query: problem for query, problem in REFUSED.items() if problem not in refused[query]} == {}


def test_regular_expressions_are_those_of_the_service(lab: Lab) -> None:
    write(lab, ["Exception", "exception", "an exception", "code 503", "a1b2", "x|y", "50%"])
    counts = {
        r"/^(?i)Exception$/": 2,
        r"/(?i)EXCEPTION/": 3,
        r"/(?<code>\d{3})/": 1,
        r"/[[:digit:]]b/": 1,
        r"/x\|y/": 1,
        r"/(503|a1b2)$/": 2,
        r"/code|(?i)AN EX/": 2,
        r"/\d%/": 1,
        r"/exce?ption/": 2,
        r"/\/|5/": 2,
        r"/z*/": 7,
        r"'x|y'": 1,
    }
    assert {p: int(ask(lab, f"filter @message like {p} | stats count(*) as n")[0]["n"]) for p in counts} == counts


def test_fields_of_lambda_lines_are_found(lab: Lab) -> None:
    report = (
        "REPORT RequestId: 8f5a-1\tDuration: 12.50 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 64 MB\tInit Duration: 100.5 ms\t\nXRAY TraceId: 1-a-b\tSegmentId: c"
    )
    lines = ["START RequestId: 8f5a-1 Version: 1", '2026-01-01 INFO {"order": {"id": 7}} done', report]
    write(lab, lines, group="/aws/lambda/pay")
    query = "filter @type = 'REPORT' | display @requestId, @duration, @billedDuration, @maxMemoryUsed, @xrayTraceId"
    group = {"logGroupNames": ["/aws/lambda/pay"]}
    assert ask(lab, query, **group) == [
        {
            "@requestId": "8f5a-1",
            "@duration": "12.5",
            "@billedDuration": "13",
            "@maxMemoryUsed": "64000000",
            "@xrayTraceId": "1-a-b",
        }
    ]
    assert ask(lab, "filter ispresent(order.id) | display order.id", **group) == [{"order.id": "7"}]


def test_at_most_two_hundred_fields_of_a_json_event_are_found(lab: Lab) -> None:
    write(lab, [json.dumps({f"f{place}": place for place in range(300)})])
    assert values(lab, ["f199", "f200"]) == {"f199": "199", "f200": None}


def test_json_lines_of_one_layout_are_read_as_each_by_itself(lab: Lab) -> None:
    lines = [
        '{"k": "a", "n": 1, "of": {"x": null}, "l": [1, "t"]}',
        '{"k": "b \\"q\\" \\u00e9", "n": 1.50, "of": {"x": true}, "l": ["z", 2]}',
        '{"k": 7, "n": -2e3, "of": {"x": "\\\\"}, "l": [false, ""]}',
        '{"k": "c", "n": 01, "of": {"x": 1}, "l": [1, 2]}',
        '{"k": "d", "n": 1, "of": {"x": 1}, "l": [1, 2]} tail',
        '{"k": "e", "n": 1, "k": "f", "of": {"x": 1}, "l": [1, 2]}',
        '{"n": 5, "k": "g"}',
    ]
    write(lab, lines)
    names = ("k", "n", "of.x", "l.0", "l.1", "l")
    results = [[row.get(name) for name in names] for row in ask(lab, f"fields {', '.join(names)} | sort @timestamp")]
    expected = [
        ["a", "1", None, "1", "t"],
        ['b "q" é', "1.5", "1", "z", "2"],
        ["7", "-2000", "\\", "0", ""],
        [None] * 5,
        [None] * 5,
        ["f", "1", "1", "1", "2"],
        ["g", "5", None, None, None],
    ]
    assert [row[:5] for row in results] == expected
    assert all(row[5] is None for row in results)
