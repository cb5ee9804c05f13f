"""The parameters of this server's tools, each described once: a client shows a model these words."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from mcp_servers.serving.inputs import Cursor as Cursor
from mcp_servers.serving.inputs import Permit as Permit
from mcp_servers.serving.inputs import PreviewedTool as PreviewedTool
from mcp_servers.serving.inputs import Since as Since
from mcp_servers.ssm.runbooks.parameters import ParameterValues

# Runbooks
RunbookText = Annotated[
    str, Field(description="The problem or the goal, in words: table throttles. Empty: sort by name.")
]
Tags = Annotated[list[str] | None, Field(description='Required tags, e.g. ["team=shop"]. Default: any.')]
Owner = Annotated[
    Literal["Self", "Amazon", "Public", "Private", "ThirdParty", ""],
    Field(description="Owner of the documents; Self: this account; empty: any."),
]
FailureClass = Annotated[str, Field(description="Runbooks tagged for this failure class first, e.g. table_throttled.")]
RunbookName = Annotated[str, Field(description="Name as find_runbooks gives it, e.g. Shop-SetCapacity.")]
Document = Annotated[str, Field(description="Exact name of the Automation document, e.g. Shop-SetCapacity.")]
DocumentPrefix = Annotated[str, Field(description="Document name prefix. Empty: all.")]
Version = Annotated[str, Field(description="Version of the document: a number, $DEFAULT or $LATEST.")]
RunbookParameters = Annotated[
    ParameterValues | None,
    Field(description='Its parameters, e.g. {"TableName": "orders", "WriteUnits": 20}. Default: none.'),
]

# Executions
ExecutionId = Annotated[str, Field(description="Id of the execution, from start_automation or list_automations.")]
ExecutionStatus = Annotated[
    Literal[
        "", "Pending", "InProgress", "Waiting", "Success", "TimedOut", "Cancelling", "Cancelled", "Failed",
        "PendingApproval", "Approved", "Rejected", "Scheduled", "RunbookInProgress", "PendingChangeCalendarOverride",
        "ChangeCalendarOverrideApproved", "ChangeCalendarOverrideRejected", "CompletedWithSuccess",
        "CompletedWithFailure", "Exited",
    ],
    Field(description="Only executions with this status. Empty: any."),
]  # fmt: skip
Signal = Annotated[str, Field(description="Approve, Reject or Resume.")]
PreviewedCall = Annotated[dict[str, Any], Field(description='Its arguments, e.g. {"execution_id": "0a1b-…"}.')]

# Beside runbooks
ItemStatus = Annotated[
    Literal[
        "", "Open", "InProgress", "Resolved", "Closed", "Pending", "TimedOut", "Cancelling", "Cancelled", "Failed",
        "CompletedWithSuccess", "CompletedWithFailure", "Scheduled", "RunbookInProgress", "PendingApproval", "Approved",
        "Revoked", "Rejected", "PendingChangeCalendarOverride", "ChangeCalendarOverrideApproved",
        "ChangeCalendarOverrideRejected",
    ],
    Field(description="Only OpsItems with this status. Empty: any."),
]  # fmt: skip
ItemSource = Annotated[str, Field(description="Source, e.g. EC2 or CloudWatch. Empty: any.")]
ItemResource = Annotated[str, Field(description="ARN of the resource it is about, or a part. Empty: any.")]
ItemId = Annotated[str, Field(description="Id of the OpsItem, e.g. oi-0123456789ab.")]
ParameterPrefix = Annotated[str, Field(description="Parameter name prefix, e.g. /shop/. Empty: all.")]
ParameterName = Annotated[str, Field(description="Exact name of the parameter, e.g. /shop/web/replicas.")]
InstanceState = Annotated[
    Literal["", "Online", "ConnectionLost", "Inactive"], Field(description="Only instances in this state. Empty: any.")
]
InstanceIds = Annotated[
    list[str] | None, Field(description='Ids of instances, e.g. ["i-0123456789abcdef0"]. Default: all.')
]
