"""The product's own chat model: recorded turns, played to who asks for them, and no word beyond."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import yaml
from langchain_core.messages import HumanMessage, ToolMessage

from sre_agent import logs
from sre_agent.errors import ModelUnavailableError
from sre_agent.model import open_models
from sre_agent.model.scripted import Script, ScriptDeviationError, ScriptedModel
from sre_agent.progress import Progress
from sre_agent.settings import Settings
from sre_agent.store.sqlite import from_settings
from sre_lab.process import LabControl
from sre_lab.remote_clock import LabClock
from tests.model.conftest import NOON, Bedrock, Opens, ask_messages

pytestmark = pytest.mark.anyio


def list_pods(namespace: str) -> str:
    """The pods of a namespace."""
    return namespace


def script(tmp_path: Path, *turns: object) -> str:
    path = tmp_path / "script.yaml"
    path.write_text(yaml.safe_dump({"turns": list(turns)}))
    return f"scripted:{path}"


async def test_a_script_is_played_to_the_requests_that_it_expects(opens: Opens, tmp_path: Path) -> None:
    calls = [{"tool": "list_pods", "arguments": {"namespace": "shop"}}]
    model = script(
        tmp_path,
        {"expects": {"tools": ["list_pods"], "last": "Why"}, "calls": calls},
        {"expects": {"last": "3 pods"}, "text": "Three.", "input_tokens": 100, "output_tokens": 5},
    )
    services, messages = opens(model=model), ask_messages()

    first = await services.models.ask("large", messages, tools=[list_pods], agent="kubernetes", incident="inc-1")
    messages += [first.message, ToolMessage("3 pods", tool_call_id=first.calls[0]["id"])]
    second = await services.models.ask("large", messages, tools=[list_pods], agent="kubernetes", incident="inc-1")

    assert first.calls[0]["args"] == {"namespace": "shop"}
    assert second.text == "Three."
    rows = await services.store.model_calls(incident="inc-1")
    assert (rows[1].input_tokens, rows[1].output_tokens, rows[1].dollars) == (100, 5, 0.0)


def test_a_request_that_the_script_does_not_expect_fails_and_names_both() -> None:
    turns = [{"expects": {"last": "metrics"}, "text": "Fine."}]
    model = ScriptedModel(script=Script.model_validate({"turns": turns}))

    with pytest.raises(ScriptDeviationError, match=r"last message 'Why is checkout slow\?'.*last='metrics'"):
        model.invoke(ask_messages())


async def test_a_script_without_a_turn_ends_the_question_at_once_and_quotes_nothing_of_it(
    opens: Opens, tmp_path: Path
) -> None:
    services = opens(model=script(tmp_path, {"expects": {"last": "metrics"}, "text": "Fine."}))

    with logs.write_to(tmp_path / "log.jsonl"), pytest.raises(ModelUnavailableError) as outage:
        await services.models.ask("small", ask_messages(), agent="logs", incident="inc-1")

    assert outage.value.reason == "deviated"
    assert "the script has no turn for this request" in str(outage.value)
    assert [call.outcome for call in await services.store.model_calls()] == ["deviated"]
    assert services.clock.waits == []
    log = (tmp_path / "log.jsonl").read_text()
    assert "the script has no turn for this request" in log
    assert "checkout" not in log + str(outage.value)


def test_a_request_without_a_turn_is_told_at_the_end_too() -> None:
    model = ScriptedModel(script=Script.model_validate({"turns": [{"expects": {"last": "metrics"}, "repeats": True}]}))
    with pytest.raises(ScriptDeviationError):
        model.bind_tools([list_pods]).invoke(ask_messages())

    with pytest.raises(ScriptDeviationError, match=r"has no turn for this request.*tools list_pods"):
        model.finish()


def test_a_script_that_was_not_played_to_its_end_says_so() -> None:
    turns = [{"text": "One."}, {"text": "Two."}, {"text": "Any.", "repeats": True}]
    model = ScriptedModel(script=Script.model_validate({"turns": turns}))
    assert model.invoke([HumanMessage("?")]).text == "One."

    with pytest.raises(ScriptDeviationError, match="1 turns of the script were not played"):
        model.finish()
    model.invoke([HumanMessage("?")])
    model.finish()


async def test_a_script_can_let_calls_fail(opens: Opens, tmp_path: Path) -> None:
    model = script(tmp_path, {"fault": "throttled"}, {"text": "Now."}, {"fault": "denied", "repeats": True})
    services = opens(model=model)

    assert (await services.models.ask("small", ask_messages(), agent="logs")).calls_made == 2
    with pytest.raises(ModelUnavailableError) as outage:
        await services.models.ask("small", ask_messages(), agent="logs")
    assert outage.value.reason == "denied"


async def test_text_of_a_script_is_heard_too(opens: Opens, tmp_path: Path) -> None:
    parts: list[str | None] = []

    await opens(model=script(tmp_path, {"text": "All is well."})).models.ask(
        "small", ask_messages(), agent="chat", on_text=parts.append
    )

    assert "".join(part or "" for part in parts) == "All is well."


async def test_parallel_answers_take_as_long_as_the_slowest_in_the_time_of_a_lab(
    lab_bedrock: Bedrock, tmp_path: Path
) -> None:
    control = LabControl(lab_bedrock.control_url)
    turn = {"text": "Fine.", "seconds": 3.0, "repeats": True}
    settings = Settings(model=script(tmp_path, turn), state_dir=tmp_path)
    clock, store = LabClock(control), from_settings(settings.state)
    models = open_models(settings.model_access, ledger=store, clock=clock, progress=Progress(clock))
    await models.ask("large", ask_messages(), agent="logs")  # what is opened once delays none of those below
    before = control.now()

    replies = await asyncio.gather(
        *(models.ask("large", ask_messages(), agent=name) for name in ("logs", "metrics", "pods"))
    )

    assert [reply.seconds for reply in replies] == [3.0, 3.0, 3.0]
    assert control.now() - before == 3.0
    assert before >= NOON.timestamp()
    await models.close()
    await store.close()
    control.close()
