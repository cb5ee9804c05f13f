"""Hands an alarm or a sweep from EventBridge to the agent in AgentCore Runtime, by the account's own signature.

An alarm goes as its monitor sent it; a schedule's input says what to ask the agent. The session's id is made of what
the alarm is about, so that the changes of one alarm reach the same session. A failure is raised: Lambda tries again,
and then puts the event on the queue of undelivered alarms.
"""

from __future__ import annotations

import hashlib
import json
import os
import urllib.request
from typing import Any
from urllib.parse import quote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.session import Session

ANSWER_SECONDS = 60


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """One event of EventBridge: an alarm's change, or `{"sweep": {...}}` of a schedule. Returns the agent's answer."""
    if "sweep" in event:
        payload = {"request": {"method": "POST", "path": "/sweeps", "query": {}, "headers": {}, "body": event["sweep"]}}
        about = "sweep"
    else:
        payload = {"alarm": event}
        about = ",".join(event["resources"])
    return _invoke(payload, "intake-" + hashlib.sha256(about.encode()).hexdigest()[:40])


def _invoke(payload: dict[str, Any], session: str) -> dict[str, Any]:
    arn, region = os.environ["AGENT_RUNTIME_ARN"], os.environ["AWS_REGION"]
    host = os.environ.get("AGENT_ENDPOINT_URL") or f"https://bedrock-agentcore.{region}.amazonaws.com"
    request = AWSRequest(
        "POST",
        f"{host}/runtimes/{quote(arn, safe='')}/invocations?qualifier={os.environ.get('AGENT_QUALIFIER', 'DEFAULT')}",
        data=json.dumps(payload).encode(),
        headers={
            "Content-Type": "application/json",
            "Accept": "application/json",
            "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": session,
        },
    )
    SigV4Auth(Session().get_credentials(), "bedrock-agentcore", region).add_auth(request)
    signed = request.prepare()
    call = urllib.request.Request(signed.url, data=signed.body, headers=dict(signed.headers.items()), method="POST")  # noqa: S310  # our own address
    with urllib.request.urlopen(call, timeout=ANSWER_SECONDS) as answer:  # noqa: S310
        reply: dict[str, Any] = json.loads(answer.read())
    return reply
