"""One question to a model of the lab's Bedrock, by the production client."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import pytest
from langchain_core.messages import HumanMessage, ToolMessage
from opentelemetry.sdk.trace import ReadableSpan
from pydantic import BaseModel

from sre_agent import trace
from sre_agent.domain.incident import Incident
from sre_agent.errors import ModelUnavailableError
from tests.model.conftest import LARGE, SMALL, Bedrock, Opens, ask_messages

pytestmark = pytest.mark.anyio


class Route(BaseModel):
    """Whom to ask."""

    agent: Literal["logs", "metrics"]
    question: str


def list_pods(namespace: str) -> str:
    """The pods of a namespace."""
    return namespace


async def test_each_tier_asks_its_own_model(opens: Opens, lab_bedrock: Bedrock) -> None:
    lab_bedrock.play({"text": "One."}, {"text": "Two."})
    models = opens().models

    assert (await models.ask("small", ask_messages(), agent="supervisor")).text == "One."
    assert (await models.ask("large", ask_messages(), agent="logs")).text == "Two."
    assert [call["model"] for call in lab_bedrock.calls] == [SMALL, LARGE]


async def test_without_a_configured_model_the_error_says_so(opens: Opens) -> None:
    services = opens(model="none")

    assert not services.models.configured
    with pytest.raises(ModelUnavailableError, match="No chat model is configured") as none:
        await services.models.ask("small", ask_messages(), agent="supervisor")
    assert none.value.reason == "no_model"


async def test_a_tool_call_and_its_result_go_round(opens: Opens, lab_bedrock: Bedrock) -> None:
    asks = {"calls": [{"tool": "list_pods", "input": {"namespace": "shop"}}]}
    lab_bedrock.play(asks, {"when": {"last": "3 pods"}, "text": "There are three."})
    models, messages = opens().models, ask_messages("How many pods?")

    first = await models.ask("small", messages, tools=[list_pods], agent="kubernetes")
    (call,) = first.calls
    messages += [first.message, ToolMessage("3 pods", tool_call_id=call["id"])]
    second = await models.ask("small", messages, tools=[list_pods], agent="kubernetes")

    assert (call["name"], call["args"]) == ("list_pods", {"namespace": "shop"})
    assert second.text == "There are three."


async def test_text_is_heard_as_it_comes(opens: Opens, lab_bedrock: Bedrock) -> None:
    text = "The database refuses connections since 12:04, and checkout waits for it."
    asks = {"text": text, "calls": [{"tool": "list_pods", "input": {"namespace": "shop"}}]}
    lab_bedrock.play(asks)
    parts: list[str | None] = []

    reply = await opens().models.ask("small", ask_messages(), tools=[list_pods], agent="chat", on_text=parts.append)

    assert len(parts) > 2
    assert "".join(part or "" for part in parts) == text == reply.text
    assert reply.calls[0]["args"] == {"namespace": "shop"}
    assert reply.usage.output > 0
    assert lab_bedrock.calls[0]["operation"] == "converse-stream"


async def test_a_structure_is_asked_for_by_a_tool_that_has_to_be_called(opens: Opens, lab_bedrock: Bedrock) -> None:
    lab_bedrock.play({"calls": [{"tool": "Route", "input": {"agent": "logs", "question": "Since when?"}}]})

    reply = await opens().models.ask("small", ask_messages(), schema=Route, agent="supervisor")

    assert reply.parsed == Route(agent="logs", question="Since when?")
    assert reply.calls == ()
    assert lab_bedrock.calls[0]["body"]["toolConfig"]["toolChoice"] == {"any": {}}


async def test_a_model_that_cannot_be_forced_may_write_the_structure_into_its_text(
    opens: Opens, lab_bedrock: Bedrock
) -> None:
    lab_bedrock.play({"text": 'Sure: {"agent": "metrics", "question": "How many?"}'})

    reply = await opens().models.ask("large", ask_messages(), schema=Route, agent="supervisor")

    assert reply.parsed == Route(agent="metrics", question="How many?")
    assert "toolChoice" not in lab_bedrock.calls[0]["body"]["toolConfig"]


async def test_a_malformed_structure_is_sent_back_with_what_is_wrong_with_it(
    opens: Opens, lab_bedrock: Bedrock
) -> None:
    lab_bedrock.play(
        {"calls": [{"tool": "Route", "input": {"agent": "astrology", "question": "?"}}]},
        {
            "when": {"last": "agent: Input should be 'logs' or 'metrics'"},
            "calls": [{"tool": "Route", "input": {"agent": "logs", "question": "?"}}],
        },
    )
    services = opens()

    reply = await services.models.ask("small", ask_messages(), schema=Route, agent="supervisor", incident="inc-1")

    assert reply.parsed == Route(agent="logs", question="?")
    assert reply.calls_made == 2
    assert [call.outcome for call in await services.store.model_calls()] == ["malformed", "answered"]


async def test_a_call_of_an_unknown_tool_is_set_apart_with_the_tools_that_there_are(
    opens: Opens, lab_bedrock: Bedrock
) -> None:
    lab_bedrock.play({"calls": [{"tool": "delete_namespace", "input": {"name": "shop"}}]})

    reply = await opens().models.ask("small", ask_messages(), tools=[list_pods], agent="kubernetes")

    assert reply.calls == ()
    (bad,) = reply.bad_calls
    assert (bad.name, bad.why) == ("delete_namespace", "There is no tool 'delete_namespace'. There are: list_pods.")


async def test_arguments_that_are_no_json_do_not_stop_the_conversation(opens: Opens, lab_bedrock: Bedrock) -> None:
    lab_bedrock.play(
        {"calls": [{"tool": "list_pods", "input": '{"namespace": "sh'}]},
        {"when": {"last": "no JSON"}, "text": "I see."},
    )
    models, messages = opens().models, ask_messages()

    first = await models.ask("small", messages, tools=[list_pods], agent="chat", on_text=lambda _: None)
    (bad,) = first.bad_calls
    messages += [first.message, ToolMessage("no JSON", tool_call_id=bad.id, status="error")]

    assert first.calls == ()
    assert (await models.ask("small", messages, tools=[list_pods], agent="chat")).text == "I see."


async def test_the_prefix_of_a_conversation_is_cached_and_read_again(opens: Opens, lab_bedrock: Bedrock) -> None:
    system = "The catalogue knows many causes. " * 200
    services = opens()

    first = await services.models.ask(
        "small", ask_messages(system=system), tools=[list_pods], agent="logs", incident="inc-1"
    )
    second = await services.models.ask(
        "small", ask_messages("And now?", system=system), tools=[list_pods], agent="logs", incident="inc-1"
    )

    assert first.usage.cache_write > 1000
    assert second.usage.cache_read > 1000
    assert second.dollars < first.dollars
    assert [call.cache_read_tokens > 0 for call in await services.store.model_calls()] == [False, True]


async def test_without_a_cache_no_cache_point_is_sent(opens: Opens, lab_bedrock: Bedrock) -> None:
    await opens(model_cache="off").models.ask("small", ask_messages(), agent="logs")

    assert lab_bedrock.calls[0]["cache_points"] == 0


async def test_a_guardrail_goes_with_each_call_and_its_veto_is_no_answer(opens: Opens, lab_bedrock: Bedrock) -> None:
    lab_bedrock.play({"text": "I may not say that.", "stop": "guardrail_intervened"})
    services = opens(model_guardrail="abc123:4")

    with pytest.raises(ModelUnavailableError, match="guardrail") as stopped:
        await services.models.ask("small", ask_messages(), agent="report", incident="inc-1")

    assert stopped.value.reason == "guarded"
    sent = lab_bedrock.calls[0]["body"]["guardrailConfig"]
    assert (sent["guardrailIdentifier"], sent["guardrailVersion"]) == ("abc123", "4")


async def test_the_time_that_the_service_tells_passes_on_the_injected_clock(opens: Opens, lab_bedrock: Bedrock) -> None:
    lab_bedrock.play({"text": "Slowly.", "latency": 3.0})
    services = opens()

    reply = await services.models.ask("small", ask_messages(), agent="logs", incident="inc-1")

    assert reply.seconds == 3.0
    assert [call.seconds for call in await services.store.model_calls(incident="inc-1")] == [3.0]


async def test_messages_reach_the_log_only_where_a_setting_says_so(
    opens: Opens, lab_bedrock: Bedrock, tmp_path: Any
) -> None:
    from sre_agent import logs

    with logs.write_to(tmp_path / "log.jsonl"):
        await opens().models.ask("small", ask_messages("the secret plan"), agent="logs")
        quiet = (tmp_path / "log.jsonl").read_text()
        await opens(model_content=True).models.ask("small", ask_messages("the secret plan"), agent="logs")
        log = (tmp_path / "log.jsonl").read_text()

    assert '"status": "answered"' in quiet
    assert "the secret plan" not in quiet
    assert "the secret plan" in log


async def test_what_a_model_thinks_is_not_what_it_says(opens: Opens, lab_bedrock: Bedrock) -> None:
    lab_bedrock.play({"thinking": "Could be the disk.", "text": "The database."}, {"text": "Yes."})
    models, messages, parts = opens().models, ask_messages(), list[str | None]()

    reply = await models.ask("large", messages, agent="logs", on_text=parts.append)
    messages += [reply.message, HumanMessage("Sure?")]

    assert reply.text == "The database." == "".join(part or "" for part in parts)
    assert (await models.ask("large", messages, agent="logs")).text == "Yes."


class Spans:
    """A backend of traces that keeps what ended."""

    is_on = True

    def __init__(self) -> None:
        self.ended_spans: list[ReadableSpan] = []

    def started(self, span: ReadableSpan) -> None:
        return None

    def ended(self, span: ReadableSpan) -> None:
        self.ended_spans.append(span)

    def incident(self, incident: Incident) -> None:
        return None

    def close(self) -> None:
        return None


async def test_a_call_is_a_span_with_its_tokens_and_without_its_words(opens: Opens, lab_bedrock: Bedrock) -> None:
    lab_bedrock.play({"text": "A secret answer.", "usage": {"input_tokens": 12, "output_tokens": 3}})
    spans = Spans()
    trace.listen(spans)

    await opens().models.ask("small", ask_messages("A secret question?"), agent="logs")
    trace.stop(spans)

    (span,) = [span for span in spans.ended_spans if span.name == "model call"]
    attributes = dict(span.attributes or {})
    assert (attributes["agent_name"], attributes["tier"], attributes["outcome"]) == ("logs", "small", "answered")
    assert (attributes["input_tokens"], attributes["output_tokens"]) == (12, 3)
    assert "secret" not in str(attributes)


async def test_questions_that_are_asked_at_once_are_answered_at_once(opens: Opens, lab_bedrock: Bedrock) -> None:
    lab_bedrock.play({"when": {"system": "Wait"}, "fault": "hangs"}, {"text": "Here.", "repeats": True})
    models = opens(model_call_seconds=20, model_deadline_seconds=20).models
    await models.ask("small", ask_messages(), agent="logs")

    silent = asyncio.create_task(models.ask("small", ask_messages(system="Wait"), agent="logs"))
    replies = await asyncio.gather(*(models.ask("small", ask_messages(), agent="logs") for _ in range(10)))

    assert [reply.text for reply in replies] == ["Here."] * 10
    assert not silent.done()
    silent.cancel()
