"""What a program wrote before it ended is all that tells why: in the forms of shells, runtimes and libraries."""

from __future__ import annotations

from collections.abc import Sequence

from tests.worlds import triggers
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import break_app, labels

CALM = (
    "starting with --log-errors --fail-fast",
    "error_page 500 502 503 504 /50x.html;",
    "retry policy: 3 attempts, timeout 30s",
    "loaded plugin error-reporter",
    "0 errors, 0 warnings",
    "import finished: errors=0 failed=0",
    "step 3 of 9 completed in 8.01 seconds",
    "GET /errors/timeouts 200 31.412 ms",
    "on_failure: restart",
    "crash reports are sent to nobody",
)


def end_with(draw: Draw, lines: Sequence[str], *says: str, exit_code: int = 1) -> Told:
    """A workload whose containers end after these lines, beside one that only mentions errors."""
    app = draw.app()
    break_app(app, exit_code=exit_code)
    for pod in app.pods:
        draw.log(app, [*calm(draw, 3), *lines], pod=pod, every=1)
    bystander(draw, app.namespace)
    text = {"summary": draw.pick(f"{app.name} restarts again and again", f"Pod {app.pod} is crash looping")}
    trigger = triggers.alertmanager("KubePodCrashLooping", labels(draw, app), text)
    never = ("50x", "error-reporter", "errors=0", "log-errors")
    right = Expect(("cause", "open"), subjects=(app.subject,), says=says, never=never, may_propose=True)
    return Told(draw.world(), trigger, right)


def calm(draw: Draw, count: int) -> list[str]:
    return draw.rng.sample(CALM, count)


def bystander(draw: Draw, namespace: str) -> App:
    app = draw.app(namespace)
    draw.log(app, calm(draw, 8) * 3)
    return app


@situation("logs")
def shell_that_lacks_a_program(draw: Draw) -> Told:
    program = draw.pick("jq", "envsubst", "pg_isready", "nc", "mc")
    shell = draw.pick("/bin/sh: 1: {}: not found", "bash: line 3: {}: command not found", "sh: {}: not found")
    return end_with(draw, [shell.format(program)], program, exit_code=127)


@situation("logs")
def traceback_of_a_script(draw: Draw) -> Told:
    module = draw.pick("tariffs", "ledgerlib", "colours", "seatmap")
    lines = [
        "Traceback (most recent call last):",
        f'  File "/app/{draw.pick("main", "job", "load")}.py", line {draw.number(3, 90)}, in <module>',
        f"    import {module}",
        f"ModuleNotFoundError: No module named '{module}'",
    ]
    return end_with(draw, lines, f"No module named.{{1,3}}{module}")


@situation("logs")
def cause_below_a_stack_trace(draw: Draw) -> Told:
    key = draw.pick("seat.limit", "ledger.url", "tariff.zone")
    lines = [
        'Exception in thread "main" java.lang.ExceptionInInitializerError',
        "\tat com.acme.Boot.main(Boot.java:31)",
        f"Caused by: java.lang.IllegalArgumentException: no value for {key}",
        "\tat com.acme.Settings.of(Settings.java:12)",
        "\t... 1 more",
    ]
    return end_with(draw, lines, f"no value for {key}|ExceptionInInitializerError")


@situation("logs")
def object_printed_over_several_lines(draw: Draw) -> Told:
    what = draw.pick("plugin", "rule set", "licence", "colour table")
    lines = [
        "{",
        '  "level": "error",',
        f'  "msg": "{what} could not be verified",',
        f'  "n": {draw.number(2, 90)}',
        "}",
    ]
    return end_with(draw, lines, f"{what} could not be verified")


@situation("logs")
def klog_with_escaped_quotes(draw: Draw) -> Told:
    file = draw.pick("rates", "zones", "seats")
    line = (
        f'E0301 10:00:01.123456       1 run.go:74] "command failed" '
        rf'err="open \"/etc/{file}/{file}.conf\": invalid character \"x\" in line {draw.number(2, 90)}"'
    )
    return end_with(draw, [line], f"/etc/{file}/{file}.conf")


@situation("logs")
def plain_words_without_a_level(draw: Draw) -> Told:
    what = draw.pick("tariff sheet", "seat map", "price list")
    way = draw.pick("{} is unreadable, giving up", "giving up: {} is damaged", "cannot go on without the {}")
    return end_with(draw, [way.format(what)], what)


@situation("logs")
def variable_in_plain_words(draw: Draw) -> Told:
    name = draw.pick("LEDGER_ZONE", "SEAT_LIMIT", "TARIFF_KEY")
    way = draw.pick("Environment variable {} is undefined", "{} must be set", "please set {}: it is empty")
    return end_with(draw, [way.format(name)], name)


@situation("logs")
def panic_of_a_program(draw: Draw) -> Told:
    where = f"src/{draw.pick('seat', 'rate', 'zone')}.rs:{draw.number(3, 90)}:9"
    message = draw.pick("no entry found for key", "attempt to divide by zero", "capacity overflow")
    return end_with(draw, [f"thread 'main' panicked at {where}:", message], message, exit_code=101)


@situation("logs")
def level_of_four_letters(draw: Draw) -> Told:
    what = draw.pick("vhost", "exchange", "policy")
    line = draw.pick("[erro] <0.229.0> {} table is damaged", "FATA[0003] {} table is damaged")
    return end_with(draw, [line.format(what)], f"{what} table is damaged")


@situation("logs")
def level_after_the_program(draw: Draw) -> Told:
    program = draw.pick("seatd", "ratesync", "zonectl")
    return end_with(
        draw, [f"{program} FATAL: state file {draw.number(2, 9)} belongs to another version"], "another version"
    )


@situation("logs")
def progress_before_the_message(draw: Draw) -> Told:
    at, of = draw.number(3, 17), draw.number(20, 40)
    what = draw.pick("part", "chunk", "page")
    return end_with(
        draw, [f"[{at}/{of}] {what} {at} could not be stored, aborting"], f"{what} {at} could not be stored"
    )


@situation("logs")
def wrapped_by_a_carrier(draw: Draw) -> Told:
    what = draw.pick("seat map", "tariff", "zone file")
    line = f'{{"log": "fatal: {what} has an unknown format\\n", "stream": "stderr"}}'
    return end_with(draw, [line], f"{what} has an unknown format")
