"""A conversation where there are several clusters: each question is about one, and which one is never guessed.

A person names it once, in a question or alone; it stays until another one is named. Each cluster has a conversation of
its own behind this: what `it` means in one of them is nothing in the other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from sre_agent.settings import ClusterEntry

if TYPE_CHECKING:
    from sre_agent.chat import ChatReply, Dialogue
    from sre_agent.compose import Runtime


def dialogue_over(
    runtime: Runtime,
    about: Callable[[Runtime, str], Dialogue],
    go_to: Callable[[Runtime], None] = lambda there: None,
) -> Dialogue:
    """A conversation over this runtime; where it has several clusters `about` opens one for each that is asked for, by
    its runtime and name, and `go_to` hears which is the present one."""
    table = runtime.settings.cluster_table.clusters
    if not table:
        return about(runtime, "")
    open_ones: dict[str, tuple[Runtime, Dialogue]] = {}

    def at(name: str) -> Dialogue:
        from sre_agent.compose import at_cluster  # noqa: PLC0415 - `--help` does not need it

        if name not in open_ones:
            there = at_cluster(runtime, name)
            open_ones[name] = there, about(there, name)
        there, dialogue = open_ones[name]
        go_to(there)
        return dialogue

    default = runtime.settings.kubernetes.cluster or (next(iter(table)) if len(table) == 1 else "")
    return ClusterConversation(table, default, at)


class ClusterConversation:
    """`go_to` gives the conversation about the cluster of that name, and has its incidents opened there. `current` is
    the one that is meant where nobody says; empty: that is asked."""

    def __init__(self, table: Mapping[str, ClusterEntry], current: str, go_to: Callable[[str], Dialogue]) -> None:
        self._table, self._current, self._go_to = table, current, go_to
        self._open_question = ""  # the question for which the cluster was asked
        self._memories: dict[str, str] = {}  # by cluster, also of an earlier process
        self._turns = 0

    @property
    def question_count(self) -> int:
        """How many questions it was asked in this process."""
        return self._turns

    async def ask(self, text: str) -> ChatReply:
        """The answer, which names the cluster where that was just chosen; or the question which one is meant."""
        self._turns += 1
        names = list(dict.fromkeys(name for name, _ in self._mentions(text)))
        if len(names) > 1:
            return self._which(text, "One cluster at a time: which one first?")
        if not names and not self._current:
            self._open_question = text
            return self._which(text, "Which cluster do you mean?")
        question = self._without_names(text) if names else text
        self._current = names[0] if names else self._current
        if not question:
            question, self._open_question = self._open_question, ""
        if not question:
            from sre_agent.chat import ChatReply  # noqa: PLC0415 - `--help` does not need it

            return ChatReply(question=text, intent="cluster", text=f"Now it is about the cluster {self._current}.")
        conversation = self._conversation()
        reply = await conversation.ask(question)
        self._memories[self._current] = conversation.memory_json()
        return reply.model_copy(update={"text": f"Cluster {self._current}: {reply.text}"}) if names else reply

    def memory_json(self) -> str:
        """What it would need to go on in another process, as JSON."""
        return json.dumps({"cluster": self._current, "question": self._open_question, "memories": self._memories})

    def recall(self, memory: str) -> None:
        """Go on from what was remembered. What another version remembered otherwise is forgotten."""
        with suppress(ValueError, KeyError, TypeError):
            record = json.loads(memory)
            if record["cluster"] in self._table:
                self._current, self._memories = record["cluster"], dict(record["memories"])
            self._open_question = str(record["question"])

    def _conversation(self) -> Dialogue:
        conversation = self._go_to(self._current)
        if not conversation.question_count and (memory := self._memories.get(self._current)):
            conversation.recall(memory)
        return conversation

    def _which(self, text: str, question: str) -> ChatReply:
        from sre_agent.chat import ChatReply  # noqa: PLC0415 - `--help` does not need it

        names = list(self._table)
        reply = f"{question} {', '.join(names)}."
        return ChatReply(question=text, intent="cluster", text=reply, outcome="choice", choices=names)

    def _mentions(self, text: str) -> Iterator[tuple[str, re.Match[str]]]:
        for name, entry in self._table.items():
            for word in (name, *entry.aliases):
                yield from ((name, match) for match in _phrase(word).finditer(text))

    def _without_names(self, text: str) -> str:
        for name, entry in self._table.items():
            for word in (name, *entry.aliases):
                text = _phrase(word).sub(" ", text)
        rest = " ".join(text.split()).strip(" ,:;")
        return rest if re.search(r"\w", rest) else ""


def _phrase(word: str) -> re.Pattern[str]:
    """The name of a cluster with the words that only lead to it; not where it is part of a name, or a namespace's."""
    return re.compile(
        r"(?<!namespace )(?:\b(?:in|on|at|of|for)\s+)?(?:\bthe\s+)?(?:\bcluster\s+)?"
        rf"(?<![\w/.-])(?<!namespace ){re.escape(word)}(?![\w/-]|\.\w)(?:\s+cluster\b)?",
        re.I,
    )
