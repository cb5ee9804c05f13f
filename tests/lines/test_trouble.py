"""Which log lines tell of trouble, by what was learnt from example lines."""

from __future__ import annotations

import pytest

from mcp_servers.signals.logs import trouble
from mcp_servers.signals.logs.lines import read_line, severity, wrong
from mcp_servers.signals.logs.once import once_per_outline
from mcp_servers.signals.logs.signs import signs, tells
from tests.lines.examples import digest, examples
from tests.lines.measured import POD, measure


def test_the_packaged_weights_are_those_of_the_committed_examples() -> None:
    assert trouble.model().examples == digest(examples()), "python -m tests.lines.train"


def test_weights_are_small_enough_to_be_packaged() -> None:
    assert trouble.WEIGHTS.stat().st_size < 500_000


def test_examples_come_from_many_programs_and_half_of_these_are_kept_aside() -> None:
    facts = examples()
    families = {x.family for x in facts if not x.general}
    aside = {x.family for x in facts if x.kept_aside}
    assert len(families) >= 50 and 0.4 < len(aside) / len(families) < 0.6
    assert sum(x.trouble for x in facts) >= 500 and sum(not x.trouble for x in facts) >= 1_000


def test_what_was_learnt_is_remembered() -> None:
    observed = measure(examples(), tells)
    assert observed.trouble > 0.98 and observed.false < 0.02


@pytest.mark.parametrize(
    "line",
    [
        "curl: (7) Failed to connect to stock port 8080 after 2 ms: Couldn't connect to server",
        "wget: can't connect to remote host (10.3.1.4): Connection refused",
        "getaddrinfo ledger: Temporary failure in name resolution",
        'psql: error: connection to server at "ledger" (10.3.1.4), port 5432 failed: timeout expired',
        'Exception in thread "main" java.lang.ExceptionInInitializerError',
        "panic: close of nil channel",
        "System.IO.IOException: The process cannot access the file because it is being used by another process.",
        "ZeroDivisionError: division by zero",
        "thread 'worker' panicked at 'index out of bounds'",
        '10.0.0.9 - - [02/Mar/2026:08:00:01 +0000] "GET /stock HTTP/1.1" 502 157',
        "[17/40] could not upload part 17: connection reset",
        "the exporter exited with code 3",
        "compactor error",
        'asyncpg.exceptions.DuplicatePreparedStatementError: prepared statement "__asyncpg_stmt_1__" already exists',
        "com.acme.ledger.LedgerWriteFailedException",
        "502 Bad Gateway",
        "31 rows read, 4 rejected",
    ],
)
def test_a_line_without_a_level_that_tells_of_trouble_is_seen(line: str) -> None:
    assert tells(line)


@pytest.mark.parametrize(
    "line",
    [
        "starting with --log-errors --fail-fast --exit-on-error=false",
        "GET /errors/panic 200 3 ms",
        "import done, errors=0 failed=0 timeouts=0",
        "0 errors, 0 failures",
        "error=null timeout=30s on_error=skip",
        "job nightly completed in 8.01 seconds",
        "[17/40] shipping label printed",
        "INFO retry policy: 3 attempts, timeout 30s",
        "the exporter exited with code 0",
    ],
)
def test_a_flag_setting_path_or_count_of_nothing_that_names_an_error_is_none(line: str) -> None:
    assert not tells(line)


def test_the_louder_the_level_the_less_the_words_have_to_say() -> None:
    thresholds = trouble.model().thresholds
    assert thresholds["loud"].score < thresholds["none"].score < thresholds["quiet"].score
    assert wrong("ERROR order 3") and not wrong("INFO order 3") and not wrong("order 3")


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("[10:00:01 WRN] x", "warning"),
        ("2026.03.01 10:00:01 [ 3 ] {} <Error> Main: x", "error"),
        ("[Sun Mar 01 10:00:01 2026] [proxy:error] [pid 3] x", "error"),
        ("fail: Shop.Cart[3] x", "error"),
        ('{"t": {"$date": "2026-03-01"}, "s": "W", "c": "REPL", "msg": "x"}', "warning"),
        ("2026-03-01T10:00:01.1Z\twarn\tcart\tx", "warning"),
        ("2026-03-01 10:00:01.1+00:00 [erro] <0.229.0> x", "error"),
        ("2026-03-01T10:00:01Z ledger ERROR x", "error"),
        ('2026-03-01T10:00:01Z {"level": "error", "msg": "x"}', "error"),
        ("log-level = ERROR", ""),
    ],
)
def test_levels_are_read_in_the_forms_that_loggers_write(line: str, level: str) -> None:
    assert read_line(line).level == level


def test_json_over_several_lines_is_one_line() -> None:
    lines = ["{", '  "level": "error",', '  "msg": "no seat left",', '  "seats": {"free": 0}', "}", "ready"]
    (observation,) = signs([(None, line) for line in lines], POD)
    assert (observation.attributes["count"], observation.attributes["message"]) == (1, "no seat left")


def test_json_that_does_not_end_hides_no_line() -> None:
    lines = ["{", '  "items": [', "ERROR the ledger is closed"]
    assert any("ledger" in observation.excerpt for observation in signs([(None, line) for line in lines], POD))


def test_an_address_behind_escaped_quotes_is_found() -> None:
    line = r'E0301 10:00:01.123456 1 a.go:1] "Unhandled" err="Get \"https://10.3.0.1:443/\": connection refused"'
    (observation,) = signs([(None, line)], POD)
    assert (observation.code, observation.attributes["address"]) == ("log.connection_failed", "10.3.0.1:443")


def test_of_errors_as_frequent_as_each_other_the_one_that_says_most_comes_first() -> None:
    lines = ["ERROR step three", "ERROR could not open the ledger: permission denied"]
    assert "ledger" in signs([(None, line) for line in lines], POD)[0].excerpt


def test_a_decision_names_the_words_it_rests_on() -> None:
    message = dict(trouble.model().evidence("the broker refused our session, 3 attempts"))
    assert max(message, key=lambda word: message[word]) == "refused"


def test_lines_are_judged_once_for_all_numbers_that_do_not_decide() -> None:
    requests: list[str] = []

    @once_per_outline
    def judge(line: str) -> bool:
        requests.append(line)
        return False

    for line in (
        "took 31 ms id 9f3a",
        "took 44 ms id 3b2c",
        "status 200",
        "status 204",
        "status 503",
        "errors 0",
        "errors 3",
        "answered 200 with 415",
        "answered 415 with 200",
    ):
        judge(line)
    assert requests == [
        *("took 31 ms id 9f3a", "status 200", "status 503", "errors 0", "errors 3"),
        *("answered 200 with 415", "answered 415 with 200"),
    ]


def test_a_warning_stays_a_warning() -> None:
    assert severity("WARN connection to ledger refused") == "warning"
