"""Systems Manager: documents and Automation, run for real against the lab's own AWS endpoint; OpsItems and instances.

Parameter Store and the rest of the service are moto's; `answers` tells which request is whose.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sre_lab.aws.ssm import (
    automations,
    documents,
    listings,
    managed_instances,
    ops_item_lists,
    ops_items,
    previews,
    tags,
)
from sre_lab.aws.ssm.state import Call, of
from sre_lab.world import World

Operation = Callable[[World, dict[str, Any]], dict[str, Any]]

OPERATIONS: dict[str, Operation] = {
    "AddTagsToResource": tags.add,
    "CreateDocument": documents.create_document,
    "CreateOpsItem": ops_items.create,
    "DeleteDocument": documents.delete_document,
    "DescribeAutomationExecutions": listings.executions,
    "DescribeAutomationStepExecutions": listings.steps,
    "DescribeInstanceInformation": managed_instances.describe,
    "DescribeOpsItems": ops_item_lists.describe,
    "DescribeDocument": documents.describe_document,
    "GetAutomationExecution": automations.get,
    "GetDocument": documents.get_document,
    "GetExecutionPreview": previews.get,
    "GetOpsItem": ops_items.get,
    "ListDocumentVersions": documents.list_document_versions,
    "ListDocuments": documents.list_documents,
    "ListTagsForResource": tags.list_for_resource,
    "RemoveTagsFromResource": tags.remove,
    "SendAutomationSignal": automations.send_signal,
    "StartAutomationExecution": automations.start,
    "StartExecutionPreview": previews.start,
    "StopAutomationExecution": automations.stop,
    "UpdateDocument": documents.update_document,
    "UpdateDocumentDefaultVersion": documents.update_document_default_version,
    "UpdateOpsItem": ops_items.update,
}


def answers(operation: str, params: dict[str, Any]) -> bool:
    """Whether this request is answered here: tags of anything but documents and automations are not."""
    return operation in OPERATIONS and params.get("ResourceType", "Document") in tags.RESOURCES


def connect(world: World, call: Call) -> None:
    """Give automations their access to AWS: `call(service, api, parameters)`."""
    of(world).call = call
