"""A new intent is one file of signs and words, and one function that says that it answers it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import structlog

import sre_agent.chat.answers as answers_package
from sre_agent.chat import intent_files
from sre_agent.chat.answers import registry
from sre_agent.chat.intents import intent_definitions
from sre_lab.process import LabProcess
from tests.chat.conftest import Talk, talking

FILE = """
says: "which team looks after something"
ask: "which team cares for {}"
cues:
  caretaker: "cares for, look after, looks after, caretaker, caretakers"
signs:
  "caretaker about": 170
examples:
  - "which team cares for checkout"
  - "who looks after cart in shop"
"""
ANSWER = '''
"""Which team looks after something."""

from sre_agent.chat.answers.registry import answers
from sre_agent.chat.query import ChatQuery
from sre_agent.chat.reply import ChatReply
from sre_agent.chat.answer_context import AnswerContext


@answers("caretaker")
async def answer(query: ChatQuery, talk: AnswerContext) -> ChatReply:
    _, subjects, unmet = await talk.resolve(query)
    if unmet is not None:
        return unmet
    return talk.reply(query, f"{subjects[0].short} is looked after by the people next door.", subjects=subjects)
'''


def forget() -> None:
    """What the chat has read from files once."""
    for name, module in list(sys.modules.items()):
        if name.startswith("sre_agent.chat") and isinstance(module, ModuleType):
            for one in vars(module).values():
                if callable(clear := getattr(one, "cache_clear", None)):
                    clear()


@pytest.fixture
def caretakers(shop_lab: LabProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Talk]:
    registry.answer_to("help")  # those of the package are registered for good
    intents, answers = tmp_path / "intents", tmp_path / "answers"
    intents.mkdir()
    answers.mkdir()
    (intents / "caretaker.yaml").write_text(FILE)
    (answers / "caretakers.py").write_text(ANSWER)
    monkeypatch.setattr(intent_files, "FOLDERS", [*intent_files.FOLDERS, intents])
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    monkeypatch.setattr(answers_package, "__path__", [*answers_package.__path__, str(answers)])
    forget()
    with talking(shop_lab, tmp_path / "state") as talk:
        yield talk
    structlog.reset_defaults()  # its log file is closed
    sys.modules.pop("sre_agent.chat.answers.caretakers", None)
    monkeypatch.undo()
    forget()


def test_an_intent_that_is_two_new_files_is_answered(caretakers: Talk) -> None:
    first, second = caretakers("who looks after deployment cart in shop?", "and which team cares for checkout in shop?")
    assert (first.intent, first.outcome) == ("caretaker", "answered")
    assert first.text == "Deployment/shop/cart is looked after by the people next door."
    assert (second.intent, second.subjects) == ("caretaker", ["Deployment/shop/checkout"])


def test_its_neighbours_are_answered_as_before(caretakers: Talk) -> None:
    before = caretakers("is cart in shop ready?", "who calls orders in shop")
    assert [reply.intent for reply in before] == ["healthy", "callers"]


def test_every_intent_that_has_a_file_has_an_answer_and_the_other_way_round() -> None:
    answers = {name: registry.answer_to(name) for name in intent_definitions()}
    assert set(registry._registered) == {*answers, "unknown"}


def test_an_intent_has_one_answer() -> None:
    with pytest.raises(ValueError, match=r"'logs' is answered by sre_agent\.chat\.answers\.logs already"):
        registry.answers("logs")(registry.answer_to("help"))
    with pytest.raises(LookupError, match="no-such-intent"):
        registry.answer_to("no-such-intent")
