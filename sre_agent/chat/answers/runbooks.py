"""What the runbooks say: the best ones for the words of the question, and the steps of the first."""

from __future__ import annotations

from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.registry import answers
from sre_agent.chat.lookup_session import data
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply, within
from sre_agent.chat.words import FUNCTION, REFERENCES

DISPLAY_LIMIT: Final = 5
STEPS: Final = 8
ABOUT_BOOKS: Final = frozenset(
    ("runbook", "runbooks", "playbook", "playbooks", "procedure", "documentation", "docs", "describe", "say", "says")
)


@answers("runbooks")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    words = [word.strip(".,?!:;\"'()") for word in query.text.split()]
    search_words = [word for word in words if word and word.lower() not in FUNCTION | ABOUT_BOOKS]
    if all(word.lower() in REFERENCES for word in search_words):  # `any runbook for that`
        search_words = [subject.name for subject in talk.memory.subjects[:1]]
    evidence = await talk.lookups.look_up("ssm", "find_runbooks", text=" ".join(search_words))
    if evidence.answer is None:
        return talk.failed(query, evidence)
    books = [book for book in data(evidence).get("runbooks", []) if isinstance(book, dict)]
    what = " ".join(search_words) or "anything"
    if not books:
        text = f"No runbook is about {what}. {talk.lookups.cite(evidence, what)}"
        return talk.reply(query, text, outcome="answered")
    mark = talk.lookups.cite(evidence, f"{books[0]['name']} {books[0].get('description', '')}")
    lines = [f"{len(books)} {'runbook' if len(books) == 1 else 'runbooks'} for {what}, best match first: {mark}"]
    lines += [_line(book) for book in books[: query.limit or DISPLAY_LIMIT]]
    lines += await _inside(talk, str(books[0]["name"]))
    return talk.reply(query, within("\n".join(lines)))


def _line(book: dict[str, Any]) -> str:
    about = str(book.get("title") or "")
    summary = excerpt(str(book.get("description") or ""), 140)
    changes = {"yes": "makes changes", "no": "read-only"}.get(str(book.get("mutating")), "")
    return f"- {book['name']}: {' — '.join(filter(None, [about, summary]))}" + (f" ({changes})" if changes else "")


async def _inside(talk: AnswerContext, name: str) -> list[str]:
    evidence = await talk.lookups.look_up("ssm", "describe_runbook", name=name)
    document = data(evidence)
    steps = document.get("steps") or document.get("sections") or []
    step_names = [str(step.get("name") or step.get("title") or "") for step in steps if isinstance(step, dict)]
    if not any(step_names):
        return []
    mark = talk.lookups.cite(evidence, ", ".join(step_names))
    return [f"Steps of {name}: {' → '.join(filter(None, step_names[:STEPS]))}. {mark}"]
