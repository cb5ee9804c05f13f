"""Conversations with a service that runs: what a chat model writes streams as it is written, and a yes decides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

from sre_lab.process import start_lab
from tests.http.test_serve import followed_to, serving

EXPLAIN = {
    "tool": "kubectl_explain_workload",
    "input": {"kind": "Deployment", "namespace": "shop", "name": "payments-api"},
}
WORDS = "payments-api in shop ist nicht bereit. [L1]"


def ask(http: httpx.Client, text: str) -> list[tuple[str, dict[str, Any]]]:
    """The events of one turn, in their order."""
    events, name = [], ""
    with http.stream(
        "POST", "/sessions/a-session/messages", json={"text": text}, headers={"accept": "text/event-stream"}
    ) as stream:
        for line in stream.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                events.append((name, json.loads(line.removeprefix("data: "))))
    return events


def test_words_of_a_model_stream_over_http_and_a_yes_behind_the_shown_action_approves_it(tmp_path: Path) -> None:
    with start_lab("payday-evening", follow_wall=True, folder=tmp_path / "lab") as lab:
        lab.control.play_model({"turns": [{"when": {"tool": "ask_in_english"}, "calls": [EXPLAIN]}, {"text": WORDS}]})
        options = ("--model", "bedrock", "--writes", "--allow-namespace", "shop")
        with serving(lab, tmp_path, *options) as (_, http):
            events = ask(http, "Warum ist payments-api nicht bereit?")
            parts = [data["part"] for name, data in events if name == "text" and data["part"]]
            assert len(parts) > 1 and "".join(parts).endswith(WORDS)
            assert [name for name, _ in events][-1] == "reply"
            assert events[-1][1]["reply"]["words"] == WORDS.replace("L1", "E1")

            incident_id = http.post("/incidents", json={"text": "payments-api in shop is not ready"}).json()["task_id"]
            followed_to(http, incident_id, "approval.asked")
            reply = ask(http, "approve it")[-1][1]["reply"]
            assert reply["outcome"] == "waiting" and "payments-api:1.8.2" in reply["text"]
            assert http.get(f"/incidents/{incident_id}").json()["question"], "nothing is decided by the first sentence"
            answer = ask(http, "yes")[-1][1]["reply"]
            assert answer["text"].startswith("Approved as token."), answer
            assert followed_to(http, incident_id, "write.answered") == "kubectl_rollout_undo"
