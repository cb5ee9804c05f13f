"""Signs that something is used up, out of step or stuck: pools, kernel limits, clocks, messages, memory. Pure.

The patterns are the words of kernels, databases, drivers, runtimes and SDKs of several languages. `""` for an address
means that the line may name one.
"""

from __future__ import annotations

import re
from typing import Final

SignMatch = tuple[str, dict[str, str]]  # code, attributes that tell this sign from others of the code

_SERVER_FULL: Final = re.compile(
    r"too many clients already|remaining connection slots are reserved|\bToo many connections\b|max_user_connections"
    r"|too many connections for (?:role|database)|connection limit exceeded for|max number of clients reached"
    r"|MaxClientsInSessionMode|\bORA-(?:12516|12519|12520|00018|00020)\b|\b(?:SQLSTATE|code)\W{1,3}53300\b",
    re.I,
)
_POOL_EMPTY: Final = re.compile(
    r"Connection is not available, request timed out|QueuePool limit|\bPoolTimeout\b|ConnectionPoolTimeoutException"
    r"|connection ?pool\b.{0,30}\b(?:exhausted|depleted|empty|at capacity)|exhausted.{0,30}\bpool\b|pool exhausted"
    r"|tim(?:ed|e) ?out.{0,40}(?:acquir|fetch|wait|obtain|get|check).{0,30}connection.{0,30}pool"
    r"|Timeout acquiring a connection|pool timed out while waiting|ResourcePool timed out"
    r"|max pool size (?:was )?reached"
    r"|(?:could not|cannot|unable to|failed to) (?:obtain|acquire|get|check ?out)"
    r" (?:a |jdbc |database |db |new )*connection"
    r"(?! to\b).{0,40}(?:\bpool\b|\bwithin\b)"
    r"|no (?:free|available|idle) connections? (?:available |left )?in (?:the )?pool"
    r"|timeout exceeded when trying to connect\s*$",
    re.I,
)
_LOCKED: Final = re.compile(
    r"Lock wait timeout exceeded|canceling statement due to lock timeout|deadlock (?:detected|found when)"
    r"|could not obtain lock on|\bORA-000(?:54|60)\b|\bLockNotAvailable\b|\bSQLITE_BUSY\b|database is locked"
    r"|still waiting for \w+Lock on",
    re.I,
)
_WORKERS: Final = re.compile(  # of programs that answer each request in a process or thread of its own
    r"server reached (?:pm\.max_children|MaxRequestWorkers|MaxClients)\b|\bworker_connections are not enough"
    r"|All threads \(\d+\) are currently busy|maxThreads \(\d+\)|listen queue of socket .{0,80} full"
    r"|\bRejectedExecutionException\b.{0,200}\bpool size\b",
    re.I,
)
_USE: Final = (
    re.compile(r"total=(?P<size>\d+), active=(?P<used>\d+)", re.I),
    re.compile(r"limit of size (?P<size>\d+)", re.I),
    re.compile(r"\b(?P<used>\d+) ?(?:/|of) ?(?P<size>\d+)\b(?! ?(?:ms|s|%))", re.I),
)

_KERNEL: Final = (
    (
        "watches",
        re.compile(r"number of file watchers|inotify.{0,40}(?:limit|too many|no space)|fsnotify.{0,30}too many", re.I),
    ),
    ("files", re.compile(r"too many open files|\bEMFILE\b|\bENFILE\b", re.I)),
    ("neighbours", re.compile(r"neighbou?r(?:ing)? table overflow|arp_cache: .{0,20}overflow", re.I)),
    ("conntrack", re.compile(r"nf_conntrack.{0,30}table full|conntrack table.{0,20}full", re.I)),
    (
        "shared_memory",
        re.compile(
            r"could not resize shared memory|insufficient shared memory|/dev/shm.{0,60}no space left"
            r"|no space left.{0,60}/dev/shm|shared memory segment.{0,60}no space left",
            re.I,
        ),
    ),
    (
        "threads",
        re.compile(
            r"unable to create (?:new )?native thread|can't start new thread|pthread_create.{0,20}failed"
            r"|(?:fork|clone|thread).{0,40}resource temporarily unavailable|cannot fork|fork: retry",
            re.I,
        ),
    ),
    (
        "ports",
        re.compile(r"(?<!bind: )(?:cannot|can't) assign requested address|(?<!bind )\bEADDRNOTAVAIL\b", re.I),
    ),
)
_LISTENS: Final = re.compile(r"\b(?:bind|listen)\b", re.I)

_CLOCK: Final = (
    (
        "signature",
        re.compile(
            r"RequestTimeTooSkewed|Signature not yet current|Signature expired: .{0,80}earlier than"
            r"|difference between the request time and the (?:current|server'?s?) time",
            re.I,
        ),
    ),
    (
        "token",
        re.compile(
            r"token (?:was )?used before issued|token (?:is )?not (?:yet valid|valid yet)"
            r"|ImmatureSignature|TokenNotYetValid"
            r"|\b(?:iat|nbf|issued at)\b.{0,40}\bfuture\b|jwt not active",
            re.I,
        ),
    ),
    ("ticket", re.compile(r"KRB_AP_ERR_SKEW|clock skew too great", re.I)),
    ("clock", re.compile(r"clock (?:is )?skew(?:ed)?|skewed clock|clocks? (?:are|is) out of sync|time drift", re.I)),
)

_BUSY: Final = (
    (
        "jvm",
        re.compile(
            r"GC overhead limit exceeded|\bPause Full\b|\[Full GC\b|overhead, spent \[[^\]]+\] collecting"
            r"|Detected pause in JVM",
            re.I,
        ),
    ),
    ("node", re.compile(r"Mark-(?:sweep|Compact) .{0,80}MB, \d|Ineffective mark-compacts near heap limit")),
    ("go", re.compile(r"^gc \d+ @[\d.]+s (?:[3-9]\d|100)%:")),
)

_CACHE: Final = (
    ("memory", re.compile(r"OOM command not allowed when used memory|SERVER_ERROR out of memory storing object")),
    ("loading", re.compile(r"\bLOADING (?:Redis|Valkey|Dragonfly) is loading")),
    ("read_only", re.compile(r"\bREADONLY You can't write against a read.?only", re.I)),
    ("down", re.compile(r"\bCLUSTERDOWN\b|\bMASTERDOWN\b|\bMISCONF (?:Redis|Valkey)\b")),
    ("login", re.compile(r"\bNOAUTH Authentication required|\bWRONGPASS\b|Client sent AUTH, but no password is set")),
)

_AGAIN: Final = re.compile(
    r"(?:returned|put back|sent back|back) (?:in)?to (?:the )?queue|\brequeu(?:ed|eing|ing)\b|\bredeliver(?:ed|y|ing)\b"
    r"|(?:Approximate)?Receive ?Count\W{1,4}\d+|delivery (?:attempt|count)\W{1,3}\d+"
    r"|(?:RecordDeserialization|Serialization|MessageConversion|ListenerExecutionFailed)Exception"
    r"|error deseriali[sz]ing (?:key|value)|\bpoison(?:ed|ous)? (?:pill|message|record)"
    r"|(?:fail\w*|error|could not|cannot|unable to)\b.{0,25}\b(?:process|handl|consum|deseriali[sz]|decod|pars)\w*"
    r".{0,25}\b(?:message|record|event|delivery|offset)\b",
    re.I,
)
_MESSAGE: Final = (
    re.compile(r"partition (?P<queue>[\w.-]{1,249}?)-?(?P<partition>\d{1,9}) at offset (?P<id>\d+)", re.I),
    re.compile(r"topic[=: \"']+(?P<queue>[\w.-]+).{0,60}?offset[=: \"']+(?P<id>\d+)", re.I),
    re.compile(r"\boffset[=: \"']+(?P<id>\d+)", re.I),
    re.compile(r"\bmessage[ _-]?id[=: \"']+(?P<id>[\w-]{4,})", re.I),
    re.compile(r"\b(?:message|record|event|job)[ #:=\"']+(?P<id>(?=[\w-]*\d)[\w-]{4,})", re.I),
    re.compile(
        r"(?<![\w-])(?!\d{4}-\d\d-\d\d\b)(?P<id>(?=[\w-]{0,200}\d{2})[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)+|\d{5,})\b"
    ),
)

_RETRIED: Final = re.compile(
    r"\bretry(?:ing)?\b.{0,20}?\b(?:attempt )?(?P<first>\d+) ?(?:/|of) ?\d+|\battempt (?P<second>\d+) ?(?:/|of) ?\d+"
    r"|giv(?:en|ing) up after (?P<third>\d+) (?:attempts|retries|tries)|retries exhausted|exhausted (?:all )?retries"
    r"|max(?:imum)? retries exceeded|circuit ?breaker.{0,30}\bopen",
    re.I,
)


def pool(text: str) -> SignMatch | None:
    """No connection or lock: the server grants none, the client's own pool is empty, or somebody holds a lock."""
    where = "server" if _SERVER_FULL.search(text) else ""
    where = where or ("workers" if _WORKERS.search(text) else "")
    where = where or ("pool" if _POOL_EMPTY.search(text) else "lock" if _LOCKED.search(text) else "")
    if not where:
        return None
    use = (
        next((match.groupdict() for pattern in _USE if (match := pattern.search(text))), {}) if where == "pool" else {}
    )
    return "log.pool_exhausted", {"where": where, "address": ""} | {k: v for k, v in use.items() if v}


def kernel_limit(text: str) -> SignMatch | None:
    for limit, pattern in _KERNEL:
        if pattern.search(text) and not (limit == "ports" and _LISTENS.search(text)):
            return "log.kernel_limit", {"limit": limit}
    return None


def clock(text: str) -> SignMatch | None:
    what = next((name for name, pattern in _CLOCK if pattern.search(text)), "")
    return ("log.clock_skew", {"what": what}) if what else None


def memory_busy(text: str) -> SignMatch | None:
    runtime = next((name for name, pattern in _BUSY if pattern.search(text)), "")
    return ("log.memory_busy", {"runtime": runtime}) if runtime else None


def cache(text: str) -> SignMatch | None:
    why = next((name for name, pattern in _CACHE if pattern.search(text)), "")
    return ("log.cache_refused", {"why": why, "address": ""}) if why else None


def message_failed(text: str) -> SignMatch | None:
    """A message that could not be worked on, by the id, key or offset that tells it from others."""
    if not _AGAIN.search(text):
        return None
    groups = next((match.groupdict() for pattern in _MESSAGE if (match := pattern.search(text))), {})
    if not groups:
        return None
    return "log.message_failed", {"queue": groups.get("queue") or "", "message": groups["id"]}


def retrying(text: str) -> SignMatch | None:
    match = _RETRIED.search(text)
    return ("log.retrying", {}) if match else None


SPECIFIC: Final = (cache, memory_busy, pool, kernel_limit, clock)  # before the general signs
GENERAL: Final = (message_failed, retrying)  # where no other sign is in the words
UNLEVELLED: Final = (memory_busy, kernel_limit)  # what runtimes and kernels write without calling it an error
