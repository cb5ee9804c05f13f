"""What the runbooks say: the best ones for the words of the question, and the steps of the first."""

from __future__ import annotations

from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.lookup_session import data
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.chat.words import FUNCTION

DISPLAY_LIMIT: Final = 5
STEPS: Final = 8
ABOUT_BOOKS: Final = frozenset(
    ("runbook", "runbooks", "playbook", "playbooks", "procedure", "documentation", "docs", "describe", "say", "says")
)


@answers("runbooks")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    words = [word.strip(".,?!:;\"'()") for word in query.text.split()]
    wanted = [word for word in words if word and word.lower() not in FUNCTION | ABOUT_BOOKS]
    found = await talk.lookups.look_up("ssm", "find_runbooks", text=" ".join(wanted))
    if found.answer is None:
        return talk.failed(query, found)
    books = [book for book in data(found).get("runbooks", []) if isinstance(book, dict)]
    what = " ".join(wanted) or "anything"
    if not books:
        text = f"No runbook is about {what}. {talk.lookups.cite(found, what)}"
        return talk.reply(query, text, outcome="answered")
    mark = talk.lookups.cite(found, f"{books[0]['name']} {books[0].get('description', '')}")
    lines = [f"{len(books)} {'runbook' if len(books) == 1 else 'runbooks'} for {what}, best match first: {mark}"]
    lines += [_line(book) for book in books[: query.limit or DISPLAY_LIMIT]]
    lines += await _inside(talk, str(books[0]["name"]))
    return talk.reply(query, within("\n".join(lines)))


def _line(book: dict[str, Any]) -> str:
    about = str(book.get("title") or "")
    said = excerpt(str(book.get("description") or ""), 140)
    changes = {"yes": "makes changes", "no": "read-only"}.get(str(book.get("mutating")), "")
    return f"- {book['name']}: {' — '.join(filter(None, [about, said]))}" + (f" ({changes})" if changes else "")


async def _inside(talk: AnswerContext, name: str) -> list[str]:
    found = await talk.lookups.look_up("ssm", "describe_runbook", name=name)
    told = data(found)
    steps = told.get("steps") or told.get("sections") or []
    named = [str(step.get("name") or step.get("title") or "") for step in steps if isinstance(step, dict)]
    if not any(named):
        return []
    mark = talk.lookups.cite(found, ", ".join(named))
    return [f"Steps of {name}: {' → '.join(filter(None, named[:STEPS]))}. {mark}"]
