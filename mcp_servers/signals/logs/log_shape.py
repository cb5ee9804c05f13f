"""What a whole log shows and no single line: what stood before a flood, what grew, who sent most, how the rate went.

Facts of a digest, for every server with logs. None of them says that something is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.serving.windows import rfc3339
from mcp_servers.signals.logs.lines import read_line
from mcp_servers.signals.logs.number_tracks import Measure
from mcp_servers.signals.logs.outlines import SEVERITIES, LogDigest, OutlineKind, kinds, measures
from mcp_servers.signals.series.level_facts import rounded, sentence
from mcp_servers.signals.series.levels import Level, filled, level

FLOOD: Final = 100  # lines of a kind
FLOODS: Final = 2  # told of one log
SHARE: Final = 0.1  # of a kind's fullest slice, from which on it floods
LATER: Final = 0.05  # of the log's time, after which a kind begins that was not there from the start
RARE: Final = 3  # lines of a kind
RARITY: Final = 1_000  # times as many lines in the log
NEAR: Final = timedelta(minutes=5)  # before a flood; or LATER of the log's time
CANDIDATES: Final = 5  # rare lines before a flood, of which more are told to be no sign
GROWN: Final = 3  # numbers told
BURST: Final = 10.0  # times the lines of the address in the middle
BURST_SHARE: Final = 0.2  # of the lines with an address
CROWD: Final = 5  # addresses that make a middle
SLICES: Final = 12  # of a log whose rate is judged
TEXT: Final = 240
CHANGED: Final = ("changed", "back_to_normal")


def shape(digest: LogDigest, subject: Subject) -> list[Observation]:
    """The facts, what explains most first; none of a log whose lines have no time."""
    if digest.first is None or digest.last is None:
        return []
    return [
        *_floods(digest, kinds(digest.outlines), subject),
        *_bursts(digest, subject),
        *_growth(measures(digest.outlines), subject),
        *_rate(digest, subject),
    ]


def before_floods(digest: LogDigest) -> list[tuple[datetime, str]]:
    """The rare lines that stand before floods, with their times."""
    if digest.first is None or digest.last is None:
        return []
    rare_kinds = [rare for _, _, rare in _flooding(digest, kinds(digest.outlines)) if rare is not None]
    return list(dict.fromkeys((rare.first, rare.example) for rare in rare_kinds if rare.first is not None))


def rate_changed(kind: str, level: Level, width: float, subject: Subject) -> Observation:
    """Lines a minute, of counts per `width` seconds; of an excursion that ended, its peak."""
    a_minute = 60 / width
    attributes: dict[str, Any] = {"kind": kind, "before": round(level.before * a_minute, 2)}
    attributes |= {"now": round(level.now * a_minute, 2), "onset": rfc3339(level.onset)}
    if level.kind == "back_to_normal":
        attributes |= {"peak": round(level.peak * a_minute, 2), "recovered": rfc3339(level.recovered)}
    return Observation(
        code="log.rate_changed",
        subject=subject,
        at=_time(level.onset),
        attributes=attributes,
        excerpt=f"per {width:g} s: {sentence(level)}",
    )


def _floods(digest: LogDigest, outline_kinds: Sequence[OutlineKind], subject: Subject) -> Iterator[Observation]:
    for kind, began, rare in _flooding(digest, outline_kinds):
        attributes: dict[str, Any] = {"message": excerpt(kind.pattern, TEXT), "severity": kind.severity}
        attributes |= {"count": kind.count, "first": rfc3339(began)}
        if rare is not None and rare.first is not None:
            attributes |= {"before": _message_text(rare.example), "before_at": rfc3339(rare.first)}
        text = excerpt((rare or kind).example)
        yield Observation(code="log.flood_began", subject=subject, at=began, attributes=attributes, excerpt=text)


def _flooding(
    digest: LogDigest, outline_kinds: Sequence[OutlineKind]
) -> Iterator[tuple[OutlineKind, datetime, OutlineKind | None]]:
    """Kinds that began to flood after the log began, when they did, and the rare line before that."""
    assert digest.first is not None and digest.last is not None
    span = digest.last - digest.first
    wrong = [kind for kind in outline_kinds if kind.severity in SEVERITIES and kind.count >= FLOOD]
    for kind in sorted(wrong, key=lambda kind: -kind.count)[:FLOODS]:
        began = _onset(digest, kind)
        if began - digest.first >= LATER * span:
            yield kind, began, _rare_before(outline_kinds, began, max(NEAR, LATER * span), digest)


def _onset(digest: LogDigest, kind: OutlineKind) -> datetime:
    """When the kind's flood began: its first line, unless some came long before."""
    enough = SHARE * max(kind.by_slice.values())
    piece = min(piece for piece, count in kind.by_slice.items() if count >= enough)
    begins = _time(piece * digest.width)
    soon = kind.first is not None and kind.first >= begins - timedelta(seconds=digest.width)
    return kind.first if soon and kind.first is not None else begins


def _rare_before(
    outline_kinds: Sequence[OutlineKind], began: datetime, near: timedelta, digest: LogDigest
) -> OutlineKind | None:
    """The rare line before it, the graver and then the nearer one.

    One that claims no trouble counts only just before, and where few such lines came.
    """
    slack = timedelta(seconds=digest.width)
    rare = [
        kind
        for kind in outline_kinds
        if kind.count <= RARE and kind.count * RARITY <= digest.lines
        if kind.first is not None and kind.first <= began + slack and not _is_variant(kind, outline_kinds)
    ]
    close = [kind for kind in rare if kind.first is not None and kind.first >= began - near]
    grave = [kind for kind in rare if kind.severity in SEVERITIES]
    candidates = grave or (close if len(close) <= CANDIDATES else [])
    by_rank = sorted(
        candidates, key=lambda kind: (-SEVERITIES.get(kind.severity, 0), abs((kind.first or began) - began))
    )
    return by_rank[0] if by_rank else None


def _is_variant(rare: OutlineKind, outline_kinds: Sequence[OutlineKind]) -> bool:
    """Whether it differs from a kind that is not rare in one word alone: that word is a value."""
    words = rare.pattern.split()
    usual = [kind.pattern.split() for kind in outline_kinds if kind.count > RARE]
    return any(
        sum(a != b for a, b in zip(words, others, strict=True)) == 1
        for others in usual
        if len(others) == len(words) > 2
    )


def _bursts(digest: LogDigest, subject: Subject) -> Iterator[Observation]:
    if len(digest.clients) < CROWD:
        return
    address, (count, first, last) = max(digest.clients.items(), key=lambda item: (item[1][0], item[0]))
    usual = median(counts[0] for counts in digest.clients.values())
    if count < FLOOD or count < BURST * usual or count < BURST_SHARE * digest.addressed:
        return
    attributes = {
        "address": address,
        "count": int(count),
        "of": digest.addressed,
        "addresses": len(digest.clients) + digest.rare_clients,
        "per_minute": rounded(count / max((last - first) / 60, 1 / 60)),
        "first": rfc3339(first),
        "last": rfc3339(last),
    }
    text = f"{int(count)} of {digest.addressed} lines with an address name {address}"
    yield Observation(code="log.client_burst", subject=subject, at=_time(first), attributes=attributes, excerpt=text)


def _growth(measures: Sequence[Measure], subject: Subject) -> Iterator[Observation]:
    for measure in [one for one in measures if one.grew][:GROWN]:
        data = measure.as_data()
        attributes = {"name": excerpt(measure.name, TEXT), "unit": measure.unit, "count": measure.count}
        attributes |= {name: rounded(data[name]) for name in ("began", "ended", "most")}
        attributes |= {"whole": rounded(measure.whole)} if measure.whole else {}
        since = measure.grew_since
        attributes |= {"since": rfc3339(since)}
        text = f"{excerpt(measure.name, TEXT)}: {data['began']:g} at first, {data['ended']:g} at the end"
        yield Observation(code="log.number_grew", subject=subject, at=_time(since), attributes=attributes, excerpt=text)


def _rate(digest: LogDigest, subject: Subject) -> Iterator[Observation]:
    counts: dict[int, int] = {}
    for outline in digest.outlines:
        for piece, count in outline.by_slice.items():
            counts[piece] = counts.get(piece, 0) + count
    first, last = min(counts), max(counts)
    if last - first < SLICES:
        return
    width = float(digest.width)
    points = [(piece * width, float(count)) for piece, count in sorted(counts.items())]
    rate_level = level(filled(points, (first + 1) * width, last * width, width))  # the slices that the log's ends cut
    if rate_level.kind in CHANGED:
        yield rate_changed("all", rate_level, width, subject)


def _message_text(line: str) -> str:
    return excerpt(read_line(line).message, TEXT)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
