"""Answers of AWS with very many small members, taken as the JSON that they are.

botocore looks at each member of an answer in turn: of 100,000 log lines that is a million members, and takes longer
than everything else about them. The members named here are texts and numbers that it would hand on unchanged.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

PLAIN: Final = {"GetQueryResults": "results", "GetLogEvents": "events", "FilterLogEvents": "events"}


def read_plainly(client: Any) -> None:
    """Let a boto3 client of CloudWatch Logs hand on these members as they came."""
    for operation in PLAIN:
        client.meta.events.register(f"before-parse.cloudwatch-logs.{operation}", _take, f"plain-{operation}")


def _take(operation_model: Any, response_dict: dict[str, Any], customized_response_dict: Any, **_: Any) -> None:
    """What is taken here is missing from the body that botocore goes on with; errors are left to it."""
    if response_dict["status_code"] != 200:
        return
    try:
        body = orjson.loads(response_dict["body"])
    except orjson.JSONDecodeError:  # half of a surrogate pair, which botocore can read
        return
    member = PLAIN[operation_model.name]
    if isinstance(body, dict) and isinstance(body.get(member), list):
        customized_response_dict[member] = body.pop(member)
        response_dict["body"] = orjson.dumps(body)
