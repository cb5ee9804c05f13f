"""The function that hands alarms and sweeps to the agent in AgentCore Runtime, against a server on loopback."""

from __future__ import annotations

import json
import re
import runpy
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote

import pytest

from infra.checks.rollout_function import ALIAS
from tests.infra.iam import INFRA

FUNCTION = INFRA / "terraform" / "modules" / "intake_lambda" / "function" / "intake.py"
ARN = "arn:aws:bedrock-agentcore:eu-west-1:111122223333:runtime/sre_agent-abc"
ALARM = {
    "detail-type": "CloudWatch Alarm State Change",
    "resources": ["arn:aws:cloudwatch:eu-west-1:111122223333:alarm:payments-api-5xx"],
}


class Runtime(BaseHTTPRequestHandler):
    """AgentCore's endpoint, as far as the function speaks with it."""

    calls: list[tuple[str, dict[str, str], Any]]
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.calls.append((self.path, {name.lower(): value for name, value in self.headers.items()}, json.loads(body)))
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(b'{"id": "inc-1"}')

    def log_message(self, format: str, *args: Any) -> None:
        """It says nothing."""


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Runtime]]:
    handler = type("OneRuntime", (Runtime,), {"calls": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    for name, value in {
        "AGENT_RUNTIME_ARN": ARN,
        "AGENT_QUALIFIER": "live",
        "AGENT_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "an-example",
        "AWS_SECRET_ACCESS_KEY": "an-example",
    }.items():
        monkeypatch.setenv(name, value)
    yield handler
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_alarm_goes_as_it_came_signed_and_always_to_the_same_session(runtime: type[Runtime]) -> None:
    handler = runpy.run_path(str(FUNCTION))["handler"]
    assert handler(ALARM, None) == {"id": "inc-1"}
    handler(ALARM | {"detail": {"state": {"value": "OK"}}}, None)
    (path, headers, body), (_, later, _) = runtime.calls
    assert path == f"/runtimes/{quote(ARN, safe='')}/invocations?qualifier=live"
    assert body == {"alarm": ALARM}
    assert "/eu-west-1/bedrock-agentcore/aws4_request" in headers["authorization"]
    session = headers["x-amzn-bedrock-agentcore-runtime-session-id"]
    assert 33 <= len(session) <= 100 and later["x-amzn-bedrock-agentcore-runtime-session-id"] == session


def test_a_sweep_is_asked_for_as_the_service_takes_it(runtime: type[Runtime]) -> None:
    runpy.run_path(str(FUNCTION))["handler"]({"sweep": {"namespace": "shop"}}, None)
    request = runtime.calls[0][2]["request"]
    assert (request["method"], request["path"], request["body"]) == ("POST", "/sweeps", {"namespace": "shop"})


def test_what_the_agent_refuses_fails_so_that_lambda_keeps_it(runtime: type[Runtime]) -> None:
    runtime.status = 429
    with pytest.raises(HTTPError):
        runpy.run_path(str(FUNCTION))["handler"](ALARM, None)


def test_alarms_and_sweeps_go_to_the_alias_that_only_a_rollout_moves() -> None:
    module = (FUNCTION.parents[1] / "main.tf").read_text("utf-8")
    blocks = dict(re.findall(r'^resource "(\w+" "\w+)" \{\n(.*?)^\}', module, re.M | re.S))
    targets = [body for name, body in blocks.items() if name.startswith("aws_cloudwatch_event_target")]
    assert len(targets) == 2 and all(re.search(r"^  arn += aws_lambda_alias.live.arn$", body, re.M) for body in targets)
    assert re.search(r"^  qualifier += aws_lambda_alias.live.name$", blocks['aws_lambda_permission" "events'], re.M)
    alias = blocks['aws_lambda_alias" "live']
    assert f'name             = "{ALIAS}"' in alias and "ignore_changes = [function_version, routing_config]" in alias
