"""What is told in the language of a question: by what an answer is, and not by how it is worded."""

from __future__ import annotations

from sre_agent.chat.fallbacks import NOT_UNDERSTOOD, OWN_WORDS, fallen_back
from sre_agent.chat.query import UNKNOWN
from sre_agent.chat.reply import ChatReply

GERMAN = "Warum ist der Dienst nicht bereit und wie geht es ihm?"


def test_a_question_that_is_not_understood_is_told_so_in_its_language_however_the_answer_is_worded() -> None:
    reply = ChatReply(question=GERMAN, intent=UNKNOWN, outcome="cannot", text="Reworded in a later version.")
    assert fallen_back(GERMAN, reply, by_model=False).text == NOT_UNDERSTOOD["de"]


def test_an_answer_that_quotes_the_words_of_not_understanding_stands() -> None:
    reply = ChatReply(
        question=GERMAN, intent="logs", text="This question is not understood: so says a line of the log."
    )
    result = fallen_back(GERMAN, reply, by_model=False)
    assert (result.text, result.notes) == (reply.text, [OWN_WORDS["de"]])
