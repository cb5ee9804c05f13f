"""Questions about a CloudWatch log group: how many lines hold something, which say it, what is said most."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.log_fields import by_field
from sre_agent.chat.answers.log_phrases import LEVEL, forms, is_level, stem, without_levels
from sre_agent.chat.answers.log_words import lines
from sre_agent.chat.lookup_session import data, enumeration
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.domain.finding import Evidence

LOOK_BACK: Final = timedelta(days=14)  # where no time is said: as good as all, and within what is kept by most
DISPLAY_LIMIT: Final = 8
MOST: Final = 40
ROOM: Final = 1_000


async def answer(query: ChatQuery, talk: AnswerContext, *, plain: bool = False) -> ChatReply:
    """`plain`: without anything to look for the newest lines are meant, and not what is said most."""
    window = _window(query, talk)
    if "summary" in query.cues and not query.texts:
        return await _most_common(query, talk, window)
    words = list(query.texts) or list(query.words)
    query = _with_its_level(query, words)
    if query.level and not query.texts:
        words = without_levels(words)
    if (reply := await by_field(query, talk, words, window)) is not None:
        return reply
    if plain and not words and query.level == "error" and query.limit is None and "count" not in query.cues:
        return await _most_common(query, talk, window)  # what a runtime says of a failed run claims no level
    if not words and not query.level:
        return await (_newest if plain else _most_common)(query, talk, window)
    return await _holding(query, talk, words, window)


def _with_its_level(query: ChatQuery, words: list[str]) -> ChatQuery:
    """Without the level where the word for it is a part of what lines say."""
    return query if not query.level or query.texts or is_level(query.text, words) else replace(query, level="")


async def _holding(query: ChatQuery, talk: AnswerContext, words: list[str], window: dict[str, str]) -> ChatReply:
    """Lines that hold all of the words; where there are none, in any of their forms; then what is there of them."""
    evidence = await _search(query, talk, words, [re.escape(t) if query.texts else forms(t) for t in words], window)
    loosely = [stem(word) for word in words]
    loose = False
    if _none(evidence) and not query.texts and loosely != [forms(word) for word in words]:
        again = await _search(query, talk, words, loosely, window)
        loose = bool(data(again).get("matched"))
        evidence = again if loose else evidence
    if evidence.answer is None:
        return talk.failed(query, evidence)
    text = _result_text(query, talk, words, evidence, window, loose=loose)
    if _none(evidence) and len(words) > 1:
        text = f"{text}\n{await _in_part(query, talk, words, window)}"
    return talk.reply(query, within(text.strip()))


async def _in_part(query: ChatQuery, talk: AnswerContext, words: list[str], window: dict[str, str]) -> str:
    """Which of the words are in no line, and how many lines hold the rest: that is another number than was asked."""
    absent = [word for word in words if not await _occurs(query, talk, word, window)]
    rest = [word for word in words if word not in absent]
    if not absent or not rest:
        return ""
    evidence = await _search(query, talk, rest, [stem(word) for word in rest], window)
    if not (matched := data(evidence).get("matched")):
        return f"No line contains {enumeration([_quote(word) for word in absent])}."
    mark = talk.lookups.cite(evidence, query.log_group)
    return (
        f"No line contains {enumeration([_quote(word) for word in absent])} in any form."
        f" Without that, {matched} lines "
        "contain"
        f" {enumeration([_quote(word) for word in rest])}, which may not be what you asked for. {mark}"
    )


def _none(evidence: Evidence) -> bool:
    return evidence.answer is not None and not data(evidence).get("matched")


def _window(query: ChatQuery, talk: AnswerContext) -> dict[str, str]:
    end = query.window.end or talk.lookups.now + timedelta(minutes=1)  # lines of this very second belong to now
    start = query.window.start or end - LOOK_BACK
    return {"start": f"{start:%Y-%m-%dT%H:%M:%SZ}", "end": f"{end:%Y-%m-%dT%H:%M:%SZ}"}


async def _occurs(query: ChatQuery, talk: AnswerContext, word: str, window: dict[str, str]) -> bool:
    evidence = await _search(replace(query, level=""), talk, [word], [stem(word)], window)
    return bool(data(evidence).get("matched"))


def _quote(word: str) -> str:
    return f'"{word}"'


async def _search(
    query: ChatQuery, talk: AnswerContext, words: list[str], patterns: list[str], window: dict[str, str]
) -> Evidence:
    """Lines that hold every word in any order, and claim the level where one is asked for. `patterns` say how the words
    may be written."""
    arguments: dict[str, Any] = {"log_groups": [query.log_group], **window}
    if len(words) == 1 and not query.level and patterns[0] == re.escape(words[0]):
        return await talk.lookups.look_up("cloudwatch", "find_in_logs", text=words[0], **arguments)
    word_conditions = [f"@message like /(?i){pattern}/" for pattern in patterns]
    level = [f"@message like /{LEVEL[query.level]}/"] if query.level else []
    conditions = " and ".join([*word_conditions, *level])
    insights_query = f"fields @timestamp, @message | filter {conditions} | sort @timestamp desc"
    return await talk.lookups.look_up("cloudwatch", "query_logs", query=insights_query, limit=10_000, **arguments)


async def _newest(query: ChatQuery, talk: AnswerContext, window: dict[str, str]) -> ChatReply:
    """The last lines as they are (the first, where these are asked for), and how many there are."""
    order, limit = "asc" if query.oldest else "desc", min(query.limit or DISPLAY_LIMIT, MOST)
    evidence = await talk.lookups.look_up(
        "cloudwatch", "query_logs", log_groups=[query.log_group], limit=limit, **window,
        query=f"fields @timestamp, @message | sort @timestamp {order}",
    )  # fmt: skip
    if evidence.answer is None:
        return talk.failed(query, evidence)
    rows = [
        {"at": row.get("@timestamp", ""), "text": row.get("@message", "")} for row in data(evidence).get("rows", [])
    ]
    since = f"since {window['start']}"
    if not rows:
        text = f"Log group {query.log_group} has no lines {since}. {talk.lookups.cite(evidence, query.log_group)}"
        return talk.reply(query, text)
    which = f"The {'first' if query.oldest else 'last'} {len(rows)} of {data(evidence).get('matched', len(rows))} lines"
    head = f"{which} of log group {query.log_group} {since}: {talk.lookups.cite(evidence, str(rows[0]['text']))}"
    page = rows if query.oldest else list(reversed(rows))
    return talk.reply(query, within("\n".join([head, *lines(page, ROOM)])))


def _result_text(
    query: ChatQuery, talk: AnswerContext, words: list[str], evidence: Evidence, window: dict[str, str], *, loose: bool
) -> str:
    answer = data(evidence)
    matched, scan_count = int(answer.get("matched", 0)), int(answer.get("scanned", 0))
    rows = answer.get("lines") or [
        {"at": row.get("@timestamp", ""), "text": row.get("@message", "")} for row in answer.get("rows", [])
    ]
    parts = [f"contain {enumeration([f'{chr(34)}{word}{chr(34)}' for word in words])}"] if words else []
    parts = [f"{part} or other forms of those words" for part in parts] if loose else parts
    parts += [f"are at level {query.level}"] if query.level else []
    mark = talk.lookups.cite(evidence, str(rows[0]["text"]) if rows else query.log_group)
    head = f"{matched} of {scan_count} lines of log group {query.log_group} {' and '.join(parts)}"
    head += f" (since {window['start']})"
    if not rows or "count" in query.cues:
        newest = f" The newest one: {excerpt(str(rows[0]['text']), 200)}" if rows else ""
        return f"{head}.{newest} {mark}"
    page = rows[: query.limit or DISPLAY_LIMIT]
    return "\n".join([f"{head}; the newest {len(page)}: {mark}", *lines(list(reversed(page)), ROOM)])


async def _most_common(query: ChatQuery, talk: AnswerContext, window: dict[str, str]) -> ChatReply:
    """The kinds of lines, of errors where these are asked for, the most frequent first."""
    if query.level:
        evidence = await talk.lookups.look_up("cloudwatch", "summarize_errors", log_group=query.log_group, **window)
        kinds, total = data(evidence).get("groups", []), data(evidence).get("error_lines", 0)
    else:
        evidence = await talk.lookups.look_up(
            "cloudwatch", "summarize_logs", log_groups=[query.log_group], **window,
            baseline_start=window["start"], baseline_end=window["start"],
        )  # fmt: skip
        kinds, total = data(evidence).get("kinds", []), data(evidence).get("lines", 0)
    if evidence.answer is None:
        return talk.failed(query, evidence)
    what = f"{query.level} lines" if query.level else "lines"
    if not kinds:
        text = f"Log group {query.log_group} has no {what} in that period."
        return talk.reply(query, f"{text} {talk.lookups.cite(evidence, query.log_group)}")
    kinds = sorted(kinds, key=lambda kind: -int(kind["count"]))
    mark = talk.lookups.cite(evidence, str(kinds[0].get("example", "")))
    head = f"Of {total} {what} of log group {query.log_group} the most common, {kinds[0]['count']} times, is: " + (
        f"{excerpt(str(kinds[0]['pattern']), 200)}. {mark}")  # fmt: skip
    rest = [f"- {kind['count']} times: {excerpt(str(kind['pattern']), 120)}" for kind in kinds[1:5]]
    return talk.reply(query, within("\n".join([head, *rest])))
