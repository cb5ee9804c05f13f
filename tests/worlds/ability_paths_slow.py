"""Latency: what the caller's own lines say that it waited for, told apart from refusal."""

from __future__ import annotations

from tests.worlds import calling, triggers
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import labels


def slow_alarm(draw: Draw, app: App) -> Obj:
    seconds = draw.pick(1.8, 2.5, 3, 5.2)
    text = draw.pick(
        f"p99 latency of {app.name} is {seconds}s (threshold 1s)",
        f"Requests to {app.name} take longer than {seconds} s",
        f"{app.name} response time is above {int(seconds * 1000)} ms",
    )
    name = draw.pick("HighLatency", "SlowRequests", "ApiResponseTimeHigh")
    return triggers.alertmanager(name, labels(draw, app), {"summary": text})


def mix(draw: Draw, slow: list[str]) -> list[str]:
    """A request's lines again and again, among those of scrapes."""
    scrape = 'INFO: 10.2.0.9:41122 - "GET /metrics HTTP/1.1" 200 OK'
    return [line for _ in range(draw.number(4, 9)) for line in (scrape, *slow, scrape)]


@situation("paths")
def database_call_takes_seconds(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    n = draw.pick(4.02, 7.31, 8.9, 12.5)
    call = draw.pick(
        f"Database call completed in {n} seconds.",
        f"db query finished after {int(n * 1000)} ms",
        f"SELECT from accounts took {n}s",
        f"query executed in {n} sec",
    )
    draw.log(app, mix(draw, ["INFO request for /checkout", "INFO fetching data", f"INFO {call}", "INFO page done"]))
    number = str(int(n * 1000)) if "ms" in call else str(n)
    return Told(
        draw.world(),
        slow_alarm(draw, app),
        Expect(("open", "cause"), says=("database|db|quer|select", f"{number}|{n}")),
    )


@situation("paths")
def slow_query_warning(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    n = draw.number(2, 14)
    line = draw.pick(
        f"WARN slow query ({n}s): SELECT * FROM ledger WHERE owner = $1",
        f'level=warn msg="slow sql" duration={n}.21s rows=1 sql="UPDATE ledger SET x"',
        f"[warn] SLOW SQL >= 200ms [{n * 1000 + 7}.3ms] [rows:1] SELECT * FROM ledger",
    )
    draw.log(app, mix(draw, ["INFO handling request", line]))
    return Told(draw.world(), slow_alarm(draw, app), Expect(("open", "cause"), says=("ledger|quer|sql", str(n))))


@situation("paths")
def call_of_another_service_takes_seconds(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    host = calling.host_of(draw, callee, caller)
    n = draw.pick(3.4, 6.1, 9.75)
    line = draw.pick(
        f"INFO GET http://{host}/v1/items 200 in {int(n * 1000)} ms",
        f'level=info msg="upstream call" url=http://{host}/v1/items status=200 duration={n}s',
        f'{{"level":"info","msg":"call done","target":"{host}","duration_ms":{int(n * 1000)}}}',
        f"INFO response from {host} after {n} seconds",
    )
    draw.log(caller, mix(draw, ["INFO incoming request", line]))
    return Told(
        draw.world(),
        slow_alarm(draw, caller),
        Expect(("open", "cause"), says=(callee.name, f"{n}|{int(n * 1000)}|{n:.0f}")),
    )


@situation("paths")
def question_about_latency(draw: Draw) -> Told:
    app = draw.app()
    n = draw.pick(4.02, 8.01, 11.5)
    draw.log(app, mix(draw, [f"INFO:app:{draw.pick('Database call', 'Query')} completed in {n} seconds."]))
    text = draw.pick(
        f"Why is {app.name} in {app.namespace} slow?",
        f"Why is there high latency with {app.name} in namespace {app.namespace}?",
        f"{app.name} ({app.namespace}) answers slowly, what is going on?",
    )
    return Told(
        draw.world(),
        triggers.question(text),
        Expect(("answered", "open", "cause"), says=("database|quer", str(n))),
    )


@situation("paths")
def calls_are_quick(draw: Draw) -> Told:
    """Calls are timed in the log and quick: none of them is the cause."""
    app = draw.app()
    lines = [f"INFO Database call completed in 0.0{draw.number(1, 9)} seconds." for _ in range(30)]
    draw.log(app, lines)
    return Told(
        draw.world(),
        slow_alarm(draw, app),
        Expect(("open",), never=("slow call|took|takes 0|is slow because", "database")),
    )


@situation("paths")
def long_work_that_nobody_waits_for(draw: Draw) -> Told:
    """A backup takes minutes, as it should; requests are quick."""
    app = draw.app()
    quick = [f"INFO GET /v1/{draw.name()} 200 in {draw.number(2, 30)} ms" for _ in range(40)]
    draw.log(app, [*quick[:20], f"INFO nightly backup finished in {draw.number(90, 400)} s", *quick[20:]])
    return Told(draw.world(), slow_alarm(draw, app), Expect(("open",)))


@situation("paths")
def latency_by_its_own_work(draw: Draw) -> Told:
    app = draw.app()
    n = draw.pick(3.2, 5.9, 9.1)
    what = draw.pick("image resize", "report rendering", "pdf export")
    draw.log(app, mix(draw, [f"INFO {what} took {n} s", "INFO 200 OK"]))
    return Told(draw.world(), slow_alarm(draw, app), Expect(("open", "cause"), says=(what, str(n))))


@situation("paths")
def latency_and_no_refusal(draw: Draw) -> Told:
    """One call in the log is slow, and once long ago something was refused."""
    app = draw.app()
    n = draw.pick(6.4, 8.7)
    once = "ERROR dial tcp cache-old:6379: connect: connection refused"
    draw.log(app, [once, *mix(draw, [f"INFO query on orders took {n}s"])], every=60)
    return Told(draw.world(), slow_alarm(draw, app), Expect(("open", "cause"), says=("quer", str(n))))


@situation("paths")
def background_work_beside_quick_requests(draw: Draw) -> Told:
    """Again and again something takes long that no request waits for, as the quick requests show."""
    app = draw.app()
    draw.bystanders(2)
    work = draw.pick("compaction", "cache warm-up", "index merge")
    lines = []
    for _ in range(draw.number(4, 8)):
        lines += [f"INFO GET /v1/{draw.name()} 200 in {draw.number(2, 30)} ms" for _ in range(5)]
        lines.append(f"INFO {work} finished in {draw.number(20, 60)} s")
    draw.log(app, lines, every=8)
    return Told(draw.world(), slow_alarm(draw, app), Expect(("open",)))
