"""What only the whole of a large log tells: the rare line before a flood, a slow growth, a burst of one address.

The pods are ready and nothing else is wrong: the log alone says it. Lines of many programs' forms, in varied numbers.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.worlds import triggers
from tests.worlds.names import FIRST
from tests.worlds.parts import App, Draw
from tests.worlds.situation import End, Expect, Told, situation
from tests.worlds.workloads import serving_app

TOLD: tuple[End, ...] = ("answered", "open", "cause")
USUAL = (
    "INFO handled GET /v1/{word} 200 in {ms} ms for {client}",
    'level=info msg="served" path=/{word} status=200 ms={ms} client={client}',
    '{{"level":"info","msg":"request done","path":"/{word}","client_ip":"{client}","took_ms":{ms}}}',
    "[info] {client} asked for {word}, answered in {ms} ms",
)


def usual(draw: Draw, many: int, *, often: str = "", share: float = 0.0) -> Iterator[str]:
    """Requests of many clients; `often` is the one that sends `share` of them."""
    way = draw.pick(*USUAL)
    for _ in range(many):
        client = f"10.{draw.number(1, 9)}.{draw.number(0, 99)}.{draw.number(1, 250)}"
        client = often if draw.rng.random() < share else client
        yield way.format(word=draw.rng.choice(FIRST), ms=draw.number(3, 60), client=client)


def ask(draw: Draw, app: App, *says: str) -> Told:
    question = draw.pick(
        f"Why is pod {app.pod} in namespace {app.namespace} returning errors?",
        f"What is wrong with {app.name} in {app.namespace}?",
        f"Why does {app.name} in namespace {app.namespace} fail?",
    )
    return Told(draw.world(), triggers.question(question), Expect(TOLD, says=says))


def flood_log(draw: Draw, rare: str, flood: list[str], says: str) -> Told:
    """A calm log, one rare line, and soon after it so many others that no page of the newest lines holds it."""
    app = serving_app(draw)
    calm, many = draw.number(2_000, 4_000), draw.number(2_500, 4_000)
    after = [*usual(draw, many // 2), *(draw.rng.choice(flood) for _ in range(many))]
    draw.rng.shuffle(after)
    draw.log(app, [*usual(draw, calm), rare, *usual(draw, draw.number(1, 40)), *after], every=0.5)
    return ask(draw, app, says)


@situation("large logs")
def pool_was_cut_before_the_flood(draw: Draw) -> Told:
    size = draw.number(2, 6)
    rare = draw.pick(
        f"WARN settings reloaded: pool size is now {size}", f"WARN config: max_connections lowered to {size}"
    )
    return flood_log(draw, rare, ["ERROR no free connection after 3000 ms", "ERROR cannot get a connection"],
                   "settings reloaded|max_connections lowered")  # fmt: skip


@situation("large logs")
def peer_was_lost_before_the_flood(draw: Draw) -> Told:
    peer = draw.pick("store", "ledger", "quota service")
    rare = draw.pick(f"ERROR lost the connection to {peer}", f"ERROR {peer} closed the stream unexpectedly")
    return flood_log(draw, rare, ["WARN request queued, retrying later", "WARN request dropped: not ready"],
                   "lost the connection|closed the stream")  # fmt: skip


@situation("large logs")
def certificate_line_before_the_flood(draw: Draw) -> Told:
    rare = draw.pick("ERROR tls: certificate of the issuer has expired", "ERROR x509: certificate has expired")
    return flood_log(draw, rare, ["ERROR login of a user failed", "ERROR cannot verify the token"], "certificate")


@situation("large logs")
def plain_notice_before_the_flood(draw: Draw) -> Told:
    rare = draw.pick("INFO feature flag strict-mode switched on", "INFO switched to backend b of the release")
    return flood_log(draw, rare, ["ERROR order rejected: unexpected field", "ERROR payload refused by the schema"],
                   "strict-mode|backend b")  # fmt: skip


def growing(draw: Draw, way: str, least: int, most: int, says: str) -> Told:
    app = serving_app(draw)
    many = draw.number(4_000, 7_000)
    lines = list(usual(draw, many))
    for i in range(0, many, draw.number(20, 60)):
        value = least + (most - least) * i / many
        lines[i] = way.format(value=round(value * draw.rng.uniform(0.93, 1.07)))
    draw.log(app, lines, every=1.0)
    return ask(draw, app, says)


@situation("large logs")
def memory_that_grows_slowly(draw: Draw) -> Told:
    way = draw.pick("INFO memory: heap {value} MB of 4096 MB", "INFO gc done, heap used {value} MB")
    return growing(draw, way, draw.number(80, 200), draw.number(1_500, 3_000), "heap.{0,120}(?:grew|grow|increas)")


@situation("large logs")
def queue_that_grows_slowly(draw: Draw) -> Told:
    way = draw.pick("INFO worker: queue_depth={value} workers=4", 'level=info msg="tick" backlog={value}')
    return growing(draw, way, draw.number(5, 40), draw.number(900, 4_000), "(?:queue_depth|backlog).{0,120}grew")


@situation("large logs")
def latency_that_grows_slowly(draw: Draw) -> Told:
    way = draw.pick("INFO upstream answered in {value} ms", "INFO store: commit took {value} ms")
    return growing(draw, way, draw.number(10, 40), draw.number(900, 4_000), "(?:answered|took).{0,160}(?:grew|increas)")


@situation("large logs")
def pending_that_grows_in_json(draw: Draw) -> Told:
    way = '{{"level":"info","msg":"state","pending":{value},"workers":4}}'
    return growing(draw, way, draw.number(5, 40), draw.number(900, 4_000), "pending.{0,120}grew")


def sent_most(draw: Draw, flood: str) -> Told:
    app = serving_app(draw)
    client = f"172.16.{draw.number(0, 99)}.{draw.number(1, 250)}"
    calm, busy = draw.number(2_000, 3_000), draw.number(3_000, 5_000)
    lines = [*usual(draw, calm), *usual(draw, busy, often=client, share=draw.rng.uniform(0.6, 0.9))]
    for i in range(calm + 200, len(lines), draw.number(5, 12)):
        lines[i] = flood
    draw.log(app, lines, every=0.2)
    return ask(draw, app, client.replace(".", r"\."))


@situation("large logs")
def one_address_is_refused_often(draw: Draw) -> Told:
    return sent_most(draw, draw.pick("ERROR 429 too many requests", "ERROR rate limit of 100/s exceeded"))


@situation("large logs")
def one_address_makes_it_slow(draw: Draw) -> Told:
    return sent_most(draw, draw.pick("ERROR request timed out after 5000 ms", "ERROR worker gave up a request"))


@situation("large logs")
def one_address_fills_the_queue(draw: Draw) -> Told:
    return sent_most(draw, draw.pick("ERROR queue is full, request dropped", "ERROR backlog exceeded, shedding load"))
