"""Questions about what logs hold: since when, between times and dates, one text of a pod, how many and from where."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.worlds import objects
from tests.worlds.ability_questions_counting import ZERO, answer, ask
from tests.worlds.parts import App, Draw
from tests.worlds.running import MOMENT
from tests.worlds.situation import Told, situation
from tests.worlds.workloads import job, serving_app

SEEN = datetime.fromtimestamp(MOMENT, UTC)  # the present as whoever asks sees it
FAULTS = (
    ("payment gateway answered 502", "card service is gone"),
    ("cannot lock table orders", "deadlock found when trying to get lock"),
    ("certificate of upstream expired", "x509: certificate has expired"),
)


def log_with_times(draw: Draw, app: App, lines: list[tuple[float, str]]) -> None:
    """Lines with their own time, so many minutes before the present."""
    text = "\n".join(f"{objects.at(minutes).removesuffix('Z')}.000000000Z {line}" for minutes, line in lines)
    name = app.pods[0]["spec"]["containers"][0]["name"]
    draw.logs.append({"namespace": app.namespace, "pod": app.pod, "container": name, "previous": False, "text": text})


def day(draw: Draw, minutes: float) -> str:
    """A date as people write it."""
    when = SEEN - timedelta(minutes=minutes)
    return str(draw.pick(f"{when:%B} {when.day}, {when.year}", f"{when.day} {when:%B}", f"{when:%b} {when.day}",
                         f"{when:%Y-%m-%d}", f"{when.day} {when:%b} {when.year}"))  # fmt: skip


def clock(minutes: float) -> str:
    return f"{SEEN - timedelta(minutes=minutes):%H:%M}"


def two_faults(draw: Draw) -> tuple[App, str, str]:
    """One that began days ago, and one of the last hour."""
    app = serving_app(draw)
    draw.logs.clear()
    (old, _), (new, _) = draw.rng.sample(FAULTS, 2)
    log_with_times(
        draw,
        app,
        [(9000, "INFO up"), (7200, f"ERROR {old}"), (7199, "INFO served"), (40, f"ERROR {new}"), (2, "INFO served")],
    )
    return app, old, new


@situation("questions")
def errors_since_a_date(draw: Draw) -> Told:
    app, old, new = two_faults(draw)
    date = day(draw, 3000)
    text = draw.pick(
        f"What are the errors in pod {app.pod} since {date}? Use only logs to answer.",
        f"errors in the logs of {app.name} since {date}",
        f"show errors of {app.name} after {date}",
        f"what errors did {app.name} log since {date}?",
    )
    return ask(draw, text, answer(new, never=(old,)))


@situation("questions")
def errors_on_a_day(draw: Draw) -> Told:
    app, old, new = two_faults(draw)
    date = day(draw, 7200)
    text = draw.pick(
        f"which errors did {app.name} log on {date}?",
        f"errors in the logs of {app.name} on {date}",
        f"what went wrong in the logs of {app.name} on {date}?",
    )
    return ask(draw, text, answer(old, never=(new,)))


@situation("questions")
def errors_between_two_times(draw: Draw) -> Told:
    app = serving_app(draw)
    draw.logs.clear()
    (one, _), (two, _), (three, _) = draw.rng.sample(FAULTS, 3)
    log_with_times(
        draw, app, [(55, f"ERROR {one}"), (40, "INFO ok"), (30, f"ERROR {two}"), (10, f"ERROR {three}"), (1, "INFO ok")]
    )
    start, end = clock(35), clock(25)
    text = draw.pick(
        f"errors of {app.name} between {start} and {end}",
        f"show me the errors in {app.name} from {start} to {end} UTC",
        f"what errors are in the logs of {app.pod} {start}-{end}?",
        f"logs of {app.name} between {start} and {end}",
    )
    return ask(draw, text, answer(two, never=(one, three)))


@situation("questions")
def errors_of_the_last_minutes(draw: Draw) -> Told:
    app, old, new = two_faults(draw)
    text = draw.pick(
        f"errors of {app.name} in the last 2 hours",
        f"any errors in {app.name} logs within the past ninety minutes?",
        f"what errors did {app.name} log in the last hour?",
        f"last 60m errors {app.name}",
        f"{app.name} errors over the past couple of hours",
    )
    return ask(draw, text, answer(new, never=(old,)))


@situation("questions")
def quoted_text_of_a_pod(draw: Draw) -> Told:
    app = serving_app(draw)
    what, why = draw.pick(*FAULTS)
    draw.log(app, ["INFO served"] * 30 + [f"ERROR {what}: {why}"] + ["INFO served"] * 20)
    text = draw.pick(
        f"was '{what}' reported by {app.name}?",
        f'Is there any "{what}" in the logs of {app.pod}',
        f'grep "{what}" in {app.name}',
        f"did {app.name} ever log `{what}`?",
    )
    return ask(draw, text, answer(why))


@situation("questions")
def quoted_text_that_nothing_holds(draw: Draw) -> Told:
    app = serving_app(draw)
    text = draw.pick(
        f"was 'disk full' reported by {app.name}?",
        f'Is there any "connection reset" in the logs of {app.pod}',
        f'grep "quota exceeded" in {app.name}',
    )
    return ask(draw, text, answer(ZERO))


@situation("questions")
def find_failures_in_a_pod(draw: Draw) -> Told:
    app = serving_app(draw)
    what, lines = draw.pick(
        ("login failures", ["ERROR login failed for user kim: identity store timed out"]),
        ("payment errors", ["ERROR payment 8812 declined: acquirer gone"]),
        ("timeouts", ["WARN timeout after 5000ms calling the acquirer"]),
        ("failed uploads", ["ERROR upload of report.pdf failed: bucket policy denies it"]),
    )
    draw.logs.clear()
    draw.log(app, ["INFO GET /health 200"] * 40 + lines * 2 + ["INFO GET /health 200"] * 40)
    text = draw.pick(
        f"Find {what} in {app.name}",
        f"find {what} in pod {app.pod}",
        f"search {app.name} for {what}",
        f"look for {what} in the {app.name} logs",
        f"are there {what} in {app.name}?",
    )
    return ask(draw, text, answer(lines[0].split(": ")[-1][-14:]))


@situation("questions")
def how_many_error_lines(draw: Draw) -> Told:
    app = serving_app(draw)
    draw.logs.clear()
    errors = draw.number(3, 12)
    draw.log(app, (["INFO served"] * 5 + ["ERROR stock is negative"]) * errors)
    text = draw.pick(
        f"how many errors are in the logs of {app.name}?",
        f"how many error lines does {app.pod} have",
        f"count the errors in {app.name}'s logs",
        f"number of errors {app.name} logged?",
    )
    return ask(draw, text, answer(rf"\b{errors}\b"))


@situation("questions")
def how_many_and_which_message(draw: Draw) -> Told:
    app = serving_app(draw)
    draw.logs.clear()
    errors = draw.number(3, 12)
    draw.log(app, (["INFO served"] * 5 + ["ERROR stock is negative"]) * errors)
    text = draw.pick(
        f"how many errors did {app.name} log and what is the most common message?",
        f"In the logs of {app.name}, how many lines are errors and what do they say?",
        f"How many errors are in the logs of {app.name}? What is the most frequent one?",
    )
    return ask(draw, text, answer(rf"\b{errors}\b", "stock is negative"))


@situation("questions")
def how_many_and_from_where(draw: Draw) -> Told:
    app = serving_app(draw)
    draw.logs.clear()
    much, few = draw.number(12, 30), draw.number(2, 9)
    first, second = f"203.0.113.{draw.number(2, 99)}", f"198.51.100.{draw.number(2, 99)}"
    lines = [f"Failed password for invalid user guest from {first} port {4000 + i} ssh2" for i in range(much)]
    lines += [f"Failed password for invalid user admin from {second} port {5000 + i} ssh2" for i in range(few)]
    lines += [f"Accepted password for kim from 192.0.2.7 port {6000 + i} ssh2" for i in range(5)]
    draw.rng.shuffle(lines)
    draw.log(app, lines)
    text = draw.pick(
        f"How many failed password attempts are in the logs of {app.name}, and from which address did most come?",
        f"in the logs of {app.name}: how many failed passwords, and which ip had the most",
        f"how many times did a password fail in {app.name}'s log and which address is behind most of them?",
    )
    return ask(draw, text, answer(rf"\b{much + few}\b", first))


@situation("questions")
def logs_of_what_is_over(draw: Draw) -> Told:
    app = draw.app()
    name = f"{draw.name()}-run"
    objs = job(draw, name, app.namespace, failed=draw.pick(True, False))
    draw.objects += objs
    draw.logs.append({"namespace": app.namespace, "pod": objs[1]["metadata"]["name"], "container": "main",
                      "previous": False, "text": f"{objects.at(25)} exported 4711 rows to the archive"})  # fmt: skip
    text = draw.pick(
        f"show me the logs of job {name}",
        f"logs {name}",
        f"get the last logs from {name} in {app.namespace}",
        f"fetch logs for the {name} job",
    )
    return ask(draw, text, answer("4711"))


@situation("questions")
def last_lines_with_a_word(draw: Draw) -> Told:
    app = serving_app(draw)
    draw.logs.clear()
    lines = [f"ERROR retry {i} of order 9{i:02} failed" for i in range(20)]
    draw.log(app, [x for line in lines for x in ("INFO polling", line)])
    text = draw.pick(
        f'Post the last 3 logs that contain "ERROR" from {app.name}',
        f"last three error lines of {app.name}",
        f'show the last 3 lines with "ERROR" of {app.name} in {app.namespace}',
        f"latest 3 errors of {app.name}",
    )
    return ask(draw, text, answer("retry 19", "retry 18", "retry 17", never=("retry 15 ",)))


@situation("questions")
def what_was_before_the_trouble(draw: Draw) -> Told:
    """A line that tells of a change, and behind it a flood."""
    app = serving_app(draw)
    draw.logs.clear()
    change, flood = draw.pick(
        ("INFO Configuration reloaded: pool.size=4", "WARN waited 900ms for a connection of the pool"),
        ("INFO applied settings revision 31", "ERROR cannot parse price: unexpected format"),
        ("NOTICE switched to provider beta", "ERROR provider answered 503"),
    )
    draw.log(app, ["INFO served in 12ms"] * 120 + [change] + [flood, "INFO served in 700ms"] * 120, every=6)
    text = draw.pick(
        f"why is {app.name} performing poorly?",
        f"what is wrong with {app.name}? what changed before it?",
        f"{app.name} is slow since a while, what happened before the errors?",
    )
    return ask(draw, text, answer(change.split(" ", 1)[1][:14]))


@situation("questions")
def slow_by_its_own_numbers(draw: Draw) -> Told:
    app = serving_app(draw)
    draw.logs.clear()
    page = draw.pick("checkout", "basket", "search")
    times = [draw.number(61, 88) / 10 for _ in range(6)] + [9.3]
    draw.log(
        app,
        [
            line
            for t in times
            for line in (f"INFO rendered {page} page in {t} seconds", "INFO rendered home page in 0.2 seconds")
        ],
    )
    text = draw.pick(
        f"how long do {page} pages take to render in {app.name}?",
        f"summarise render times of the {page} page from the logs of {app.name}",
        f"Fetch all logs for {app.name} and summarise render times for the {page} page",
    )
    return ask(draw, text, answer(r"9\.3"))
