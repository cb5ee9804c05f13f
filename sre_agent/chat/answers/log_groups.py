"""Questions about a CloudWatch log group: how many lines hold something, which say it, what is said most."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from sre_agent.chat.answers.log_words import lines
from sre_agent.chat.desk import data, listed
from sre_agent.chat.query import Query
from sre_agent.chat.reply import Reply, within
from sre_agent.chat.talk import Talk
from sre_agent.domain.finding import Evidence

LOOK_BACK: Final = timedelta(days=14)  # where no time is said: as good as all, and within what is kept by most
LEVEL: Final = {  # how lines claim a level: in brackets, as a field, or in capitals
    "error": r"(?:\[(?i:error|err)\]|(?i:level)\"?[=:]\s*\"?(?i:error|err)\b|\b(?:ERROR|ERR)\b)",
    "warning": r"(?:\[(?i:warn|warning)\]|(?i:level)\"?[=:]\s*\"?(?i:warn|warning)\b|\b(?:WARN|WARNING)\b)",
}
SHOWN: Final = 8
ROOM: Final = 1_000


async def answer(query: Query, talk: Talk) -> Reply:
    window = _window(query, talk)
    if "summary" in query.cues and not query.texts:
        return await _most_common(query, talk, window)
    words = list(query.texts) or list(query.words)
    if query.level and query.cues & {"count", "list", "show"} and not query.texts:
        words = [word for word in words if word.lower() not in (query.level, f"{query.level}s", "error message")]
    if not words and not query.level:
        return await _most_common(query, talk, window)
    found = await _search(query, talk, words, window)
    nowhere: list[str] = []
    if found.answer is not None and not data(found).get("matched") and len(words) > 1:
        nowhere = [word for word in words if not await _occurs(query, talk, word, window)]
        if nowhere and len(nowhere) < len(words):
            words = [word for word in words if word not in nowhere]
            found = await _search(query, talk, words, window)
    if found.answer is None:
        return talk.failed(query, found)
    missing = f"No line holds {listed([_quoted(word) for word in nowhere])}. " if nowhere else ""
    return talk.reply(query, within(missing + _told(query, talk, words, found, window)))


def _window(query: Query, talk: Talk) -> dict[str, str]:
    end = query.window.end or talk.desk.now + timedelta(minutes=1)  # lines of this very second belong to now
    start = query.window.start or end - LOOK_BACK
    return {"start": f"{start:%Y-%m-%dT%H:%M:%SZ}", "end": f"{end:%Y-%m-%dT%H:%M:%SZ}"}


async def _occurs(query: Query, talk: Talk, word: str, window: dict[str, str]) -> bool:
    found = await talk.desk.ask("cloudwatch", "find_in_logs", log_groups=[query.log_group], text=word, **window)
    return bool(data(found).get("matched"))


def _quoted(word: str) -> str:
    return f'"{word}"'


async def _search(query: Query, talk: Talk, words: list[str], window: dict[str, str]) -> Evidence:
    """Lines that hold every word in any order, and claim the level where one is asked for."""
    arguments: dict[str, Any] = {"log_groups": [query.log_group], **window}
    if len(words) == 1 and not query.level:
        return await talk.desk.ask("cloudwatch", "find_in_logs", text=words[0], **arguments)
    held = [f"@message like /(?i){re.escape(word)}/" for word in words]
    level = [f"@message like /{LEVEL[query.level]}/"] if query.level else []
    conditions = " and ".join([*held, *level])
    asked = f"fields @timestamp, @message | filter {conditions} | sort @timestamp desc"
    return await talk.desk.ask("cloudwatch", "query_logs", query=asked, limit=10_000, **arguments)


def _told(query: Query, talk: Talk, words: list[str], found: Evidence, window: dict[str, str]) -> str:
    answer = data(found)
    matched, scanned = int(answer.get("matched", 0)), int(answer.get("scanned", 0))
    rows = answer.get("lines") or [
        {"at": row.get("@timestamp", ""), "text": row.get("@message", "")} for row in answer.get("rows", [])
    ]
    parts = [f"hold {listed([f'{chr(34)}{word}{chr(34)}' for word in words])}"] if words else []
    parts += [f"are of level {query.level}"] if query.level else []
    mark = talk.desk.cite(found, str(rows[0]["text"]) if rows else query.log_group)
    head = f"{matched or 'None'} of {scanned} lines of log group {query.log_group} {' and '.join(parts)}"
    head += f" (since {window['start']})"
    if not rows or "count" in query.cues:
        newest = f" The newest: {excerpt(str(rows[0]['text']), 200)}" if rows else ""
        return f"{head}.{newest} {mark}"
    shown = rows[: query.limit or SHOWN]
    return "\n".join([f"{head}; the newest {len(shown)}: {mark}", *lines(list(reversed(shown)), ROOM)])


async def _most_common(query: Query, talk: Talk, window: dict[str, str]) -> Reply:
    """The kinds of lines, of errors where these are asked for, the most frequent first."""
    if query.level:
        found = await talk.desk.ask("cloudwatch", "summarize_errors", log_group=query.log_group, **window)
        kinds, total = data(found).get("groups", []), data(found).get("error_lines", 0)
    else:
        found = await talk.desk.ask(
            "cloudwatch", "summarize_logs", log_groups=[query.log_group], **window,
            baseline_start=window["start"], baseline_end=window["start"],
        )  # fmt: skip
        kinds, total = data(found).get("kinds", []), data(found).get("lines", 0)
    if found.answer is None:
        return talk.failed(query, found)
    what = f"{query.level} lines" if query.level else "lines"
    if not kinds:
        text = f"Log group {query.log_group} holds no {what} in the time looked at."
        return talk.reply(query, f"{text} {talk.desk.cite(found, query.log_group)}")
    kinds = sorted(kinds, key=lambda kind: -int(kind["count"]))
    mark = talk.desk.cite(found, str(kinds[0].get("example", "")))
    head = f"Of {total} {what} of log group {query.log_group} the most common is, {kinds[0]['count']} times: " + (
        f"{excerpt(str(kinds[0]['pattern']), 200)}. {mark}")  # fmt: skip
    rest = [f"- {kind['count']} times: {excerpt(str(kind['pattern']), 120)}" for kind in kinds[1:5]]
    return talk.reply(query, within("\n".join([head, *rest])))
