"""The tool over managed instances: which machines Systems Manager hears of, and which have fallen silent."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from mcp_servers.contract.facts import Answer
from mcp_servers.serving.aws import AwsAccount
from mcp_servers.serving.markdown import table
from mcp_servers.serving.registry import read_tool
from mcp_servers.serving.windows import rfc3339
from mcp_servers.ssm import inputs
from mcp_servers.ssm.runbooks.pages import page

State = Literal["", "Online", "ConnectionLost", "Inactive"]


class Instances:
    def __init__(self, account: AwsAccount) -> None:
        self._account = account

    @read_tool("List managed instances")
    def list_instances(
        self, state: inputs.InstanceState = "", instance_ids: inputs.InstanceIds = None, cursor: inputs.Cursor = ""
    ) -> Answer:
        """List managed instances: whether the agent reports (and since when not), versions, associations.

        An instance that is not listed is not managed, or has never reported; that says nothing about its health.

        """
        filters = [{"Key": "PingStatus", "Values": [state]}] if state else []
        filters += [{"Key": "InstanceIds", "Values": instance_ids}] if instance_ids else []
        params: dict[str, Any] = {"Filters": filters} if filters else {}
        operation, key = "describe_instance_information", "InstanceInformationList"
        item_page = page(self._account, operation, key, cursor, order=_silent_first, **params)
        every = [_plain(one) for one in item_page.items]
        rows, more = item_page.page(every)
        silent = sum(1 for one in every if one["state"] != "Online")
        columns = ["id", "name", "state", "last_ping", "agent", "platform"]
        looked_at = f"managed instances {state or '(all)'}" + (f" {', '.join(instance_ids)}" if instance_ids else "")
        return Answer(
            text=f"{len(every)} managed instances, {silent} do not report.\n\n"
            + table(columns, [[row.get(c, "") for c in columns] for row in rows]),
            as_of=item_page.as_of,
            data={"instances": rows, "silent": silent} | ({"cursor": more} if more else {}),
            coverage=[item_page.coverage(looked_at, more), *self._account.gaps()],
            left_out={"instances": len(every) - len(rows)} if len(every) > len(rows) else {},
        )


def _silent_first(instance: dict[str, Any]) -> tuple[bool, str]:
    return instance.get("PingStatus") == "Online", str(instance["InstanceId"])


def _plain(instance: dict[str, Any]) -> dict[str, Any]:
    agent = str(instance.get("AgentVersion", ""))
    fields = {
        "id": instance["InstanceId"],
        "name": instance.get("ComputerName") or instance.get("Name", ""),
        "state": instance.get("PingStatus", ""),
        "last_ping": _time(instance.get("LastPingDateTime")),
        "agent": agent + (" (not the latest)" if agent and instance.get("IsLatestVersion") is False else ""),
        "platform": " ".join(filter(None, [instance.get("PlatformName"), instance.get("PlatformVersion")])),
        "address": instance.get("IPAddress", ""),
        "association": instance.get("AssociationStatus", ""),
        "last_association": _time(instance.get("LastAssociationExecutionDate")),
        "last_good_association": _time(instance.get("LastSuccessfulAssociationExecutionDate")),
    }
    return {key: value for key, value in fields.items() if value or key == "state"}


def _time(moment: Any) -> str:
    return rfc3339(moment) if isinstance(moment, datetime) else ""
