"""Logs of made programs with the kind of each line known, in the headers and the wording that programs really use.

A program is a header and the statements that it writes, some often and some hardly ever. `{kind}` in a header or a
statement is a value of that kind, drawn anew for each line.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final

PROGRAMS: Final = Path(__file__).with_name("made_logs.json")
SLOT: Final = re.compile(r"\{(\w+)\}")
BEGAN: Final = 1_772_366_400.0
NAMES: Final = [
    "orders",
    "carts",
    "billing",
    "search",
    "profile",
    "ledger",
    "mailer",
    "gateway",
    "stock",
    "media",
    "quotes",
    "audit",
    "login",
    "feeds",
]
PEOPLE: Final = [
    "root",
    "admin",
    "deploy",
    "alice",
    "bob",
    "carol",
    "guest",
    "postgres",
    "oracle",
    "test",
    "jenkins",
    "backup",
]
WORDS: Final = ["alpha", "beta", "gamma", "delta", "kappa", "sigma", "omega", "theta", "lambda", "zeta"]


@dataclass(frozen=True)
class MadeLog:
    """`kinds[i]` is the number of the statement that line i is of."""

    name: str
    lines: list[str]
    kinds: list[str]

    @property
    def kept_aside(self) -> bool:
        return hashlib.sha256(self.name.encode()).digest()[0] % 2 == 1


def made_logs(lines: int = 2_000) -> list[MadeLog]:
    return [_make(program, lines) for program in json.loads(PROGRAMS.read_text(encoding="utf-8"))]


def _make(program: dict[str, object], lines: int) -> MadeLog:
    name, header, statements = str(program["name"]), str(program["header"]), program["statements"]
    assert isinstance(statements, list)
    random = Random(name)
    often = [1.0 / (1 + place) for place in range(len(statements))]
    random.shuffle(often)
    at, lines_so_far, kinds = BEGAN, [], []
    for _ in range(lines):
        at += random.expovariate(2.0)
        (kind,) = random.choices(range(len(statements)), often)
        statement = statements[kind]
        own, text = statement if isinstance(statement, list) else (header, statement)
        lines_so_far.append(_fill(f"{own or header}{text}", random, at))
        kinds.append(str(kind))
    return MadeLog(name, lines_so_far, kinds)


def _fill(text: str, random: Random, at: float) -> str:
    return SLOT.sub(lambda slot: VALUES[slot[1]](random, at) if slot[1] in VALUES else slot[0], text)


def _time(form: str) -> Callable[[Random, float], str]:
    def written(random: Random, at: float) -> str:
        moment = datetime.fromtimestamp(at, UTC)
        return moment.strftime(form.replace("%3f", f"{moment.microsecond // 1000:03d}"))

    return written


def _hex(random: Random, digits: int) -> str:
    return f"{random.getrandbits(4 * digits):0{digits}x}"


def _uuid(random: Random, at: float) -> str:
    return "-".join(_hex(random, digits) for digits in (8, 4, 4, 4, 12))


def _pod(random: Random, at: float) -> str:
    suffix = "".join(random.choices("bcdfghjklmnpqrstvwxz2456789", k=5))
    return f"{random.choice(NAMES)}-{_hex(random, 9)}-{suffix}"


def _address(random: Random, at: float) -> str:
    return f"10.{random.randint(0, 9)}.{random.randint(0, 255)}.{random.randint(1, 254)}"


def _path(random: Random, at: float) -> str:
    return "/" + "/".join(random.sample(["var", "lib", "data", "srv", *NAMES], random.randint(2, 4)))


VALUES: Final[dict[str, Callable[[Random, float], str]]] = {
    "iso": _time("%Y-%m-%dT%H:%M:%S.%3fZ"),
    "day_time": _time("%Y-%m-%d %H:%M:%S,%3f"),
    "day_time_dot": _time("%Y-%m-%d %H:%M:%S.%3f"),
    "day_second": _time("%Y-%m-%d %H:%M:%S"),
    "slash_time": _time("%Y/%m/%d %H:%M:%S"),
    "compact": _time("%Y%m%d-%H:%M:%S:%3f"),
    "short": _time("%m-%d %H:%M:%S.%3f"),
    "clock": _time("%H:%M:%S.%3f"),
    "syslog": _time("%b %d %H:%M:%S"),
    "redis_time": _time("%d %b %Y %H:%M:%S.%3f"),
    "klog": _time("%m%d %H:%M:%S.%f"),
    "epoch": lambda random, at: f"{at:.0f}",
    "int": lambda random, at: str(random.randint(0, 99_999)),
    "small": lambda random, at: str(random.randint(0, 9)),
    "float": lambda random, at: f"{random.uniform(0, 900):.2f}",
    "pid": lambda random, at: str(random.randint(300, 32_000)),
    "ms": lambda random, at: f"{random.randint(1, 9_000)}ms",
    "took": lambda random, at: f"{random.uniform(0.1, 90):.{random.randint(2, 6)}f}{random.choice(['ms', 's', 'µs'])}",
    "size": lambda random, at: f"{random.uniform(1, 900):.1f} {random.choice(['KB', 'MB', 'GiB'])}",
    "hex": lambda random, at: _hex(random, 12),
    "address_hex": lambda random, at: "0x" + _hex(random, 8),
    "uuid": _uuid,
    "ip": _address,
    "ip_port": lambda random, at: f"{_address(random, at)}:{random.randint(1024, 65_000)}",
    "host": lambda random, at: f"{random.choice(NAMES)}.shop.svc.cluster.local",
    "node": lambda random, at: f"node-{random.randint(1, 60)}",
    "pod": _pod,
    "name": lambda random, at: random.choice(NAMES),
    "user": lambda random, at: random.choice(PEOPLE),
    "word": lambda random, at: random.choice(WORDS),
    "path": _path,
    "url": lambda random, at: (
        f"https://{random.choice(NAMES)}.example.com{_path(random, at)}?id={random.randint(1, 9999)}"
    ),
    "class": lambda random, at: f"com.example.{random.choice(NAMES)}.{random.choice(NAMES).title()}Service",
    "flag": lambda random, at: random.choice(("true", "false")),
    "thread": lambda random, at: f"{random.choice(('http-nio', 'pool', 'scheduling', 'main'))}-{random.randint(1, 40)}",
    "state": lambda random, at: random.choice(("RUNNING", "PENDING", "FAILED", "SUCCEEDED", "KILLED", "NEW", "DONE")),
    "method": lambda random, at: random.choice(("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD")),
    "status": lambda random, at: random.choice(("200", "201", "204", "301", "404", "500", "503")),
}
