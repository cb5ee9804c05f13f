"""Chat where there are several clusters: it asks which one is meant, and stays with the one that was named."""

from __future__ import annotations

import pytest

from sre_agent.chat import ChatReply
from sre_agent.cli.cluster_conversation import ClusterConversation
from sre_agent.settings import ClusterEntry

pytestmark = pytest.mark.anyio
TABLE = {"blue": ClusterEntry(), "green": ClusterEntry(aliases=("production",))}


class Answering:
    """Stands for the conversation about one cluster."""

    def __init__(self, cluster: str) -> None:
        self.cluster, self.asked, self.recalled = cluster, list[str](), ""

    @property
    def question_count(self) -> int:
        return len(self.asked)

    async def ask(self, text: str) -> ChatReply:
        self.asked.append(text)
        return ChatReply(question=text, intent="healthy", text=f"{text}? In {self.cluster}, yes.", outcome="answered")

    def memory_json(self) -> str:
        return f"memory of {self.cluster}"

    def recall(self, memory: str) -> None:
        self.recalled = memory


def talk(current: str = "") -> tuple[ClusterConversation, dict[str, Answering]]:
    conversations = {name: Answering(name) for name in TABLE}
    return ClusterConversation(TABLE, current, conversations.__getitem__), conversations


async def test_which_cluster_is_meant_is_asked_once_and_then_the_question_is_answered() -> None:
    conversation, of = talk()
    reply = await conversation.ask("is shop healthy")
    assert reply.outcome == "choice" and reply.choices == ["blue", "green"] and "blue, green" in reply.text
    assert (await conversation.ask("green")).text.startswith("Cluster green: is shop healthy")
    assert (await conversation.ask("and stock")).text.startswith("and stock")
    assert of["green"].asked == ["is shop healthy", "and stock"] and not of["blue"].asked


async def test_a_question_that_names_a_cluster_is_about_that_one_and_so_are_the_next() -> None:
    conversation, of = talk("blue")
    for text in ("is shop healthy", "is it healthy in the green cluster?", "why", "what about blue"):
        await conversation.ask(text)
    assert of["blue"].asked == ["is shop healthy", "what about"]
    assert of["green"].asked == ["is it healthy ?", "why"]
    assert "One cluster at a time" in (await conversation.ask("compare blue and production")).text


@pytest.mark.parametrize(
    "text", ["is blue/web ready", "pods of namespace blue", "why is blue-web slow", "curl blue.shop"]
)
async def test_a_part_of_another_name_is_no_cluster(text: str) -> None:
    conversation, of = talk("green")
    await conversation.ask(text)
    assert of["green"].asked == [text]


async def test_a_conversation_goes_on_in_another_process_where_it_stood() -> None:
    first, _ = talk()
    await first.ask("is shop healthy in green")
    second, of = talk()
    second.recall(first.memory_json())
    await second.ask("why")
    assert of["green"].asked == ["why"] and of["green"].recalled == "memory of green"
    second.recall("{}")
