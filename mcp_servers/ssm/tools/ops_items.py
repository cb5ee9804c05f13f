"""Tools over OpsItems: what Systems Manager, alarms and people have filed as needing work."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Literal

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Answer, Coverage
from mcp_servers.serving.aws import AwsAccount, as_of
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import table
from mcp_servers.serving.registry import read_tool
from mcp_servers.serving.server import UNTRUSTED
from mcp_servers.serving.windows import instant, rfc3339
from mcp_servers.ssm import inputs
from mcp_servers.ssm.runbooks.pages import page

Status = Literal[
    "", "Open", "InProgress", "Resolved", "Closed", "Pending", "TimedOut", "Cancelling", "Cancelled", "Failed",
    "CompletedWithSuccess", "CompletedWithFailure", "Scheduled", "RunbookInProgress", "PendingApproval", "Approved",
    "Revoked", "Rejected", "PendingChangeCalendarOverride", "ChangeCalendarOverrideApproved",
    "ChangeCalendarOverrideRejected",
]  # fmt: skip

DATA_ITEMS = 20  # of one OpsItem's operational data


class OpsItems:
    def __init__(self, account: AwsAccount) -> None:
        self._account = account

    @read_tool("List OpsItems")
    def list_ops_items(
        self,
        status: inputs.ItemStatus = "Open",
        source: inputs.ItemSource = "",
        resource: inputs.ItemResource = "",
        since: inputs.Since = "",
        cursor: inputs.Cursor = "",
    ) -> Answer:
        """List OpsItems with title, severity, source and times; an empty `status` lists all."""
        filters = [_filter("Status", status), _filter("Source", source), _filter("ResourceId", resource, "Contains")]
        if since:
            filters.append(_filter("CreatedTime", rfc3339(instant(since, "since", self._account.now)), "GreaterThan"))
        item_filters = [one for one in filters if one["Values"][0]]
        params: dict[str, Any] = {"OpsItemFilters": item_filters} if item_filters else {}
        item_page = page(self._account, "describe_ops_items", "OpsItemSummaries", cursor, **params)
        rows, more = item_page.page([_plain(item) for item in item_page.items])
        looked_at = " ".join(["OpsItems", *(f"{one['Key']}={one['Values'][0]}" for one in item_filters)])
        return Answer(
            text=f"{len(rows)} OpsItems. {UNTRUSTED}\n\n"
            + table(
                ["id", "title", "status", "severity", "source", "created"],
                [[r.get(k, "") for k in ("id", "title", "status", "severity", "source", "created")] for r in rows],
            ),
            as_of=item_page.as_of,
            data={"ops_items": rows} | ({"cursor": more} if more else {}),
            coverage=[item_page.coverage(looked_at, more), *self._account.gaps()],
            left_out={"ops_items": len(item_page.items) - len(rows)} if len(item_page.items) > len(rows) else {},
        )

    @read_tool("Get an OpsItem")
    def get_ops_item(self, ops_item_id: inputs.ItemId) -> Answer:
        """One OpsItem: description, related resources, operational data, runbooks, related OpsItems."""
        request = f"OpsItem {ops_item_id}"
        answer = self._account.ask("ssm", "get_ops_item", request=request, OpsItemId=ops_item_id)
        item = answer.get("OpsItem")
        if not item:
            raise TeachingError("not_found", request, "no such OpsItem.", "list_ops_items lists them.")
        data = {key: entry.get("Value", "") for key, entry in (item.get("OperationalData") or {}).items()}
        plain = _plain(item) | {
            "description": excerpt(item.get("Description") or "", 2_000),
            "resources": _arns(data.pop("/aws/resources", "")),
            "runbooks": _names(data.pop("/aws/automations", "")),
            "related": [one["OpsItemId"] for one in (item.get("RelatedOpsItems") or [])[:20]],
            "data": {key: excerpt(value) for key, value in list(data.items())[:DATA_ITEMS]},
        }
        lines = [f"- {key}: {value}" for key, value in plain.items() if value and key != "data"]
        return Answer(
            text=f"{request}. {UNTRUSTED}\n\n" + "\n".join(lines),
            as_of=as_of(answer),
            data={"ops_item": {key: value for key, value in plain.items() if value}},
            coverage=[Coverage(looked_at=request), *self._account.gaps()],
            left_out={"operational_data": len(data) - DATA_ITEMS} if len(data) > DATA_ITEMS else {},
        )


def _filter(key: str, value: str, operator: str = "Equal") -> dict[str, Any]:
    return {"Key": key, "Values": [value], "Operator": operator}


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    fields = {
        "id": item.get("OpsItemId", ""),
        "title": excerpt(item.get("Title") or ""),
        "status": item.get("Status", ""),
        "severity": item.get("Severity", ""),
        "category": item.get("Category", ""),
        "source": item.get("Source", ""),
        "created": _time(item.get("CreatedTime")),
        "modified": _time(item.get("LastModifiedTime")),
    }
    return {key: value for key, value in fields.items() if value}


def _arns(text: str) -> list[str]:
    """The resources, as OpsItems keep them: JSON text, a list of objects with an `arn`."""
    return [str(one["arn"]) for one in _objects_in(text) if "arn" in one][:20]


def _names(text: str) -> list[str]:
    return [str(one["automationId"]) for one in _objects_in(text) if "automationId" in one][:20]


def _objects_in(text: str) -> list[dict[str, Any]]:
    try:
        entries = json.loads(text or "[]")
    except ValueError:
        return []
    return [one for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []


def _time(moment: Any) -> str:
    return rfc3339(moment) if isinstance(moment, datetime) else ""
