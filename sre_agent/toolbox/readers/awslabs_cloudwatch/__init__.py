"""The CloudWatch server of AWS Labs (`awslabs.cloudwatch-mcp-server`): alarms, series and log queries.

Its region is an argument of each call and falls back to us-east-1, so it is always given. A log query that failed is no
error there but a status. Its own conclusions (suggested time ranges, patterns, trends) are not read: facts only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sre_agent.toolbox.readers import ForeignCall, ForeignFacts, UnreadableError
from sre_agent.toolbox.readers.awslabs_cloudwatch import alarms, logs, series

Ask = Callable[[dict[str, Any]], ForeignCall]
ForeignRead = Callable[[dict[str, Any], Any, str], ForeignFacts]

TOOLS: Final[dict[str, tuple[Ask, ForeignRead]]] = {
    "describe_alarm": (alarms.ask_one, alarms.read_one),
    "list_alarms": (alarms.ask_active, alarms.read_active),
    "get_metric": (series.ask, series.read),
    "query_logs": (logs.ask_query, logs.read_query),
    "summarize_errors": (logs.ask_errors, logs.read_errors),
}


class _Reader:
    asks = tuple(TOOLS)

    def translate(self, tool: str, arguments: dict[str, Any], scope: str) -> ForeignCall | None:
        if tool not in TOOLS or (tool == "list_alarms" and arguments.get("state", "ALARM") not in ("", "ALARM")):
            return None
        try:
            foreign_call = TOOLS[tool][0](arguments)
        except KeyError as problem:
            raise UnreadableError("bad_request", tool, f"the argument {problem} is missing.") from problem
        region = scope.partition("/")[2]
        return ForeignCall(foreign_call.tool, foreign_call.arguments | ({"region": region} if region else {}))

    def facts(self, tool: str, arguments: dict[str, Any], content: Any, scope: str) -> ForeignFacts:
        return TOOLS[tool][1](arguments, content, scope)


READER = _Reader()
