"""Lines of a log group counted by what they name: which address the most, and how many different ones."""

from __future__ import annotations

from typing import Any, Final

from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.log_phrases import LEVEL, forms
from sre_agent.chat.lookup_session import data, enumeration
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within

_ADDRESS: Final = r"(?<address>\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})"
_OWN: Final = frozenset({"ip", "ips", "address", "addresses", "different", "distinct", "unique", "most", "many", "top"})
_LINES: Final = frozenset({"error", "errors", "warning", "message", "messages", "line", "lines", "kind", "level", "is"})
DISPLAY_LIMIT: Final = 5
GROUPS: Final = 10_000


async def by_field(query: ChatQuery, talk: AnswerContext, words: list[str], window: dict[str, str]) -> ChatReply | None:
    """The counts by address; that others cannot be told; None where the question counts lines."""
    field = query.counted_field
    if field is None or query.texts or field.name in _LINES:
        return None
    if "address" not in query.columns:
        text = (
            f"Which {field.name} a line is about cannot be determined: the lines of log group {query.log_group} "
            "are plain text"
            f' without fields. You can count addresses, or lines with a given text, for example "how many lines of'
            f' {query.log_group} contain ...".'
        )
        return talk.reply(query, text, outcome="cannot")
    filter_words = [word for word in words if not set(word.lower().split()) & _OWN]
    return await _by_address(query, talk, filter_words, window, distinct=field.distinct)


async def _by_address(
    query: ChatQuery, talk: AnswerContext, words: list[str], window: dict[str, str], *, distinct: bool
) -> ChatReply:
    tests = [f"@message like /(?i){forms(word)}/" for word in words]
    tests += [f"@message like /{LEVEL[query.level]}/"] if query.level else []
    parts = [f"filter {' and '.join(tests)}"] if tests else []
    parts += [
        f"parse @message /{_ADDRESS}/",
        "filter ispresent(address)",
        "stats count(*) as n by address",
        "sort n desc",
    ]
    evidence = await talk.lookups.look_up(
        "cloudwatch", "query_logs", log_groups=[query.log_group], query=" | ".join(parts), limit=GROUPS, **window
    )
    if evidence.answer is None:
        return talk.failed(query, evidence)
    rows: list[dict[str, Any]] = data(evidence).get("rows", [])
    filter_text = f" that contain {enumeration([f'{chr(34)}{word}{chr(34)}' for word in words])}" if words else ""
    where = f"lines of log group {query.log_group}{filter_text} (since {window['start']})"
    mark = talk.lookups.cite(evidence, str(rows[0]) if rows else query.log_group)
    if not rows:
        return talk.reply(query, f"No address appears in {where}. {mark}")
    left = int((evidence.answer.left_out or {}).get("rows", 0))
    top, total = rows[0], sum(int(row["n"]) for row in rows)
    head = f"{top['address']} is the most frequent: {top['n']} {where}."
    if distinct:
        head = f"{len(rows) + left} different addresses appear in {where}."
    elif "count" in query.cues and not left:
        head = f"{total} {where} name an address; {top['address']} is the most frequent, with {top['n']} of them."
    top_rows = rows[:DISPLAY_LIMIT] if distinct else rows[1:DISPLAY_LIMIT]
    return talk.reply(
        query, within("\n".join([f"{head} {mark}", *(f"- {r['address']}: {r['n']} lines" for r in top_rows)]))
    )
