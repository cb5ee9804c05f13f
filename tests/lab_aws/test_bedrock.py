"""The lab's Bedrock Runtime, met by boto3 as a stranger would meet it."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest
from botocore.exceptions import ClientError, EventStreamError

from sre_lab.aws import bedrock
from tests.lab_aws.conftest import Aws

HAIKU = "global.anthropic.claude-haiku-4-5-20251001-v1:0"
NEWEST = "global.anthropic.claude-sonnet-5-5"
LONG = "The cluster runs a shop. " * 300  # about 1,900 tokens


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": [{"text": text}]}


def tool(name: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"namespace": {"type": "string"}}, "required": ["namespace"]}
    return {"toolSpec": {"name": name, "inputSchema": {"json": schema}}}


def play(aws: Aws, *turns: dict[str, Any], **script: Any) -> None:
    bedrock.play(aws.world, bedrock.ModelScript.model_validate({"turns": turns, **script}))


def events_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    with closing(answer["stream"]) as stream:
        return list(stream)


def test_without_a_script_the_model_says_that_it_is_the_labs(aws: Aws) -> None:
    answer = aws.client("bedrock-runtime").converse(modelId=HAIKU, messages=[user("Why is checkout slow?")])

    assert "model of the embedded lab" in answer["output"]["message"]["content"][0]["text"]
    assert answer["stopReason"] == "end_turn"


def test_the_built_in_model_calls_a_tool_that_it_has_to_call_with_arguments_of_its_schema(aws: Aws) -> None:
    answer = aws.client("bedrock-runtime").converse(
        modelId=HAIKU,
        messages=[user("Look.")],
        toolConfig={"tools": [tool("list_pods")], "toolChoice": {"tool": {"name": "list_pods"}}},
    )

    (block,) = answer["output"]["message"]["content"]
    assert answer["stopReason"] == "tool_use"
    assert block["toolUse"]["name"] == "list_pods"
    assert isinstance(block["toolUse"]["input"]["namespace"], str)


def test_turns_are_played_in_order_and_to_the_requests_that_they_are_for(aws: Aws) -> None:
    play(
        aws,
        {"when": {"system": "metrics"}, "text": "the metrics are fine"},
        {"when": {"system": "logs"}, "text": "the logs are not"},
        {"when": {"system": "logs"}, "text": "still not"},
    )
    client = aws.client("bedrock-runtime")

    def ask(system: str) -> str:
        answer = client.converse(modelId=HAIKU, system=[{"text": system}], messages=[user("And?")])
        return str(answer["output"]["message"]["content"][0]["text"])

    assert [ask("You read logs."), ask("You read metrics."), ask("You read logs.")] == [
        "the logs are not",
        "the metrics are fine",
        "still not",
    ]
    assert bedrock.calls_of(aws.world)["left"] == 0


def test_a_tool_result_goes_back_to_the_model_that_asked_for_it(aws: Aws) -> None:
    play(
        aws,
        {"calls": [{"tool": "list_pods", "input": {"namespace": "shop"}}]},
        {"when": {"last": "3 pods"}, "text": "Three."},
    )
    client, config = aws.client("bedrock-runtime"), {"tools": [tool("list_pods")]}
    first = client.converse(modelId=HAIKU, messages=[user("How many?")], toolConfig=config)["output"]["message"]
    result = {"toolUseId": first["content"][0]["toolUse"]["toolUseId"], "content": [{"text": "3 pods"}]}

    messages = [user("How many?"), first, {"role": "user", "content": [{"toolResult": result}]}]
    second = client.converse(modelId=HAIKU, messages=messages, toolConfig=config)

    assert second["output"]["message"]["content"] == [{"text": "Three."}]


def test_a_stream_gives_the_same_answer_in_pieces(aws: Aws) -> None:
    turn = {
        "thinking": "It has to be the database, since nothing else changed.",
        "text": "The database refuses connections since 12:04, and checkout waits for it.",
        "calls": [{"tool": "list_pods", "input": {"namespace": "shop"}}],
    }
    play(aws, turn)
    events = events_of(
        aws.client("bedrock-runtime").converse_stream(
            modelId=HAIKU, messages=[user("Why?")], toolConfig={"tools": [tool("list_pods")]}
        )
    )

    deltas = [event["contentBlockDelta"]["delta"] for event in events if "contentBlockDelta" in event]
    assert "".join(delta.get("text", "") for delta in deltas) == turn["text"]
    assert "".join(delta["toolUse"]["input"] for delta in deltas if "toolUse" in delta) == '{"namespace": "shop"}'
    assert "".join(d["reasoningContent"].get("text", "") for d in deltas if "reasoningContent" in d) == turn["thinking"]
    assert [event["messageStop"]["stopReason"] for event in events if "messageStop" in event] == ["tool_use"]
    assert events[-1]["metadata"]["usage"]["outputTokens"] > 0
    assert len(deltas) > 5


def test_a_prefix_that_a_cache_point_ends_is_written_once_and_then_read_for_five_minutes(aws: Aws) -> None:
    client = aws.client("bedrock-runtime")

    def usage(question: str) -> tuple[int, int]:
        system = [{"text": LONG}, {"cachePoint": {"type": "default"}}]
        tokens = client.converse(modelId=HAIKU, system=system, messages=[user(question)])["usage"]
        return tokens["cacheReadInputTokens"], tokens["cacheWriteInputTokens"]

    read, write_count = usage("Why?")
    assert (read, write_count > 1500) == (0, True)
    assert usage("Since when?") == (write_count, 0)
    aws.advance(400)
    assert usage("Who?") == (0, write_count)


def test_a_longer_prefix_reads_what_is_there_and_writes_the_rest(aws: Aws) -> None:
    client, point = aws.client("bedrock-runtime"), {"cachePoint": {"type": "default"}}
    system = [{"text": LONG}, point]
    write_count = client.converse(modelId=HAIKU, system=system, messages=[user("Why?")])["usage"][
        "cacheWriteInputTokens"
    ]

    message = {"role": "user", "content": [{"text": LONG}, point]}
    usage = client.converse(modelId=HAIKU, system=system, messages=[message])["usage"]

    assert usage["cacheReadInputTokens"] == write_count
    assert usage["cacheWriteInputTokens"] > 1500


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("ThrottlingException", 429),
        ("ModelTimeoutException", 408),
        ("ServiceUnavailableException", 503),
        ("ValidationException", 400),
        ("AccessDeniedException", 403),
    ],
)
def test_a_fault_is_the_services_own_error(aws: Aws, fault: str, status: int) -> None:
    play(aws, {"fault": fault})

    with pytest.raises(ClientError) as refused:
        aws.client("bedrock-runtime").converse(modelId=HAIKU, messages=[user("Why?")])
    assert refused.value.response["Error"]["Code"] == fault
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


@pytest.mark.parametrize("fault", ["ThrottlingException", "ModelStreamErrorException"])
def test_an_error_can_come_within_a_stream(aws: Aws, fault: str) -> None:
    play(aws, {"fault": fault, "in_stream": True, "text": "As I was saying, the database"})

    with pytest.raises(EventStreamError, match=fault[0].lower() + fault[1:]):
        events_of(aws.client("bedrock-runtime").converse_stream(modelId=HAIKU, messages=[user("Why?")]))


@pytest.mark.parametrize("fault", ["cut", "garbled"])
def test_a_stream_can_break_in_the_middle(aws: Aws, fault: str) -> None:
    play(aws, {"text": "The database refuses connections since noon.", "fault": fault})
    answer = aws.client("bedrock-runtime").converse_stream(modelId=HAIKU, messages=[user("Why?")])

    with pytest.raises(Exception, match=r"IncompleteRead|ended prematurely|Checksum mismatch"):
        events_of(answer)


def test_an_answer_longer_than_asked_for_is_cut_and_says_so(aws: Aws) -> None:
    play(aws, {"text": "word " * 100})
    answer = aws.client("bedrock-runtime").converse(
        modelId=HAIKU, messages=[user("Talk.")], inferenceConfig={"maxTokens": 10}
    )

    assert answer["stopReason"] == "max_tokens"
    assert len(answer["output"]["message"]["content"][0]["text"]) == 40


def test_a_guardrail_is_taken_and_can_step_in(aws: Aws) -> None:
    play(aws, {"text": "I may not say that.", "stop": "guardrail_intervened"})
    answer = aws.client("bedrock-runtime").converse(
        modelId=HAIKU,
        messages=[user("Say it.")],
        guardrailConfig={"guardrailIdentifier": "abc123", "guardrailVersion": "1", "trace": "enabled"},
    )

    assert answer["stopReason"] == "guardrail_intervened"
    assert "abc123" in answer["trace"]["guardrail"]["outputAssessments"]


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({"messages": [{"role": "assistant", "content": [{"text": "Hi"}]}]}, "start with a user message"),
        ({"messages": [user("a"), user("b")]}, "must alternate"),
        ({"messages": [user(" ")]}, "is blank"),
        ({"messages": [user("word " * 2000)]}, "Input is too long"),
        ({"modelId": "gpt"}, "identifier is invalid"),
        ({"modelId": "anthropic.claude-sonnet-5-5"}, "on-demand throughput isn't supported"),
        ({"modelId": NEWEST, "toolConfig": {"tools": [tool("a")], "toolChoice": {"any": {}}}}, "forced tool use"),
        ({"messages": [{"role": "user", "content": [{"toolResult": {"toolUseId": "x", "content": []}}]}]}, "exceeds"),
        ({"system": [{"text": "a"}, *[{"cachePoint": {"type": "default"}}] * 5]}, "maximum of 4 cache points"),
    ],
)
def test_a_request_that_the_service_would_refuse_is_refused(aws: Aws, request_: dict[str, Any], says: str) -> None:
    play(aws, context_tokens=1000)

    with pytest.raises(ClientError, match=says) as refused:
        aws.client("bedrock-runtime").converse(**({"modelId": HAIKU, "messages": [user("Why?")]} | request_))
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_a_tool_call_that_got_no_result_is_refused(aws: Aws) -> None:
    used = {"toolUse": {"toolUseId": "one", "name": "list_pods", "input": {}}}
    messages = [user("Look."), {"role": "assistant", "content": [used]}, user("And?")]

    with pytest.raises(
        ClientError, match=r"Expected toolResult blocks at messages\.2\.content for the following Ids: one"
    ):
        aws.client("bedrock-runtime").converse(
            modelId=HAIKU, messages=messages, toolConfig={"tools": [tool("list_pods")]}
        )


def test_latency_is_told_and_only_waited_for_while_the_clock_follows_the_wall(aws: Aws) -> None:
    play(aws, {"text": "slow", "latency": 3.0}, {"text": "quick", "latency": 0.2})
    client, ask = aws.client("bedrock-runtime"), {"modelId": HAIKU, "messages": [user("Why?")]}

    assert client.converse(**ask)["metrics"]["latencyMs"] == 3000
    before = aws.world.clock.now()
    aws.world.clock.follow_wall()
    client.converse(**ask)
    assert aws.world.clock.now() - before >= 0.2
