"""Automation documents as Systems Manager holds them: list, one with its content, its tags, its version and hash."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mcp_servers.contract.facts import Coverage
from mcp_servers.contract.permits import Target
from mcp_servers.serving.aws import AwsAccount, as_of, gap
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.near_names import near, offer

PAGES = 10  # of 50 documents
UNDO_TAG = "sre-agent:undo"
ALARM_TAG = "sre-agent:stop-alarm"  # the CloudWatch alarm that stops an execution of it
REACH_TAG = "sre-agent:blast-radius"


@dataclass
class RunbookDocument:
    """One version of a document. `content` is the parsed document, empty where it may not be read."""

    name: str
    version: str
    hash: str
    about: dict[str, Any]
    tags: dict[str, str]
    content: dict[str, Any]
    as_of: datetime
    coverage: list[Coverage] = field(default_factory=list)

    @property
    def description(self) -> str:
        return str(self.about.get("Description") or self.content.get("description", ""))

    @property
    def target(self) -> Target:
        return Target(subject=self.name, uid=self.name, version=f"{self.version}:{self.hash}")


def load(account: AwsAccount, name: str, version: str = "$DEFAULT", *, content: bool = True) -> RunbookDocument:
    """The document as it is now. Raises TeachingError: not_found with near names, denied, unavailable."""
    request = f"document {name} (version {version})"
    try:
        answer = account.ask("ssm", "describe_document", request=request, Name=name, DocumentVersion=version)
    except TeachingError as problem:
        if problem.kind != "not_found":
            raise
        raise _unknown(account, name, request) from problem
    about = answer["Document"]
    if about.get("DocumentType", "Automation") != "Automation":
        wrong = f"is a {about['DocumentType']} document, not a runbook."
        raise TeachingError("bad_request", request, wrong, "find_runbooks lists the runbooks.")
    document = RunbookDocument(
        about["Name"], str(about["DocumentVersion"]), about.get("Hash", ""), about, {}, {}, as_of(answer)
    )
    document.tags = _tags(account, document)
    if content:
        document.content = _content(account, document)
    return document


def names(account: AwsAccount, *, owner: str = "") -> tuple[list[dict[str, Any]], datetime, bool]:
    """Identifiers of Automation documents, the service's clock, and whether there were more."""
    filters = [{"Key": "DocumentType", "Values": ["Automation"]}]
    filters += [{"Key": "Owner", "Values": [owner]}] if owner else []
    pages = account.pages("ssm", "list_documents", limit=PAGES, Filters=filters, MaxResults=50)
    identifiers = [identifier for page in pages for identifier in page["DocumentIdentifiers"]]
    assert pages.as_of is not None
    return identifiers, pages.as_of, pages.cut


def tag_map(tags: list[dict[str, str]] | None) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags or []}


def _tags(account: AwsAccount, document: RunbookDocument) -> dict[str, str]:
    if document.about.get("Tags"):
        return tag_map(document.about["Tags"])
    try:
        answer = account.ask("ssm", "list_tags_for_resource", ResourceType="Document", ResourceId=document.name)
    except TeachingError as problem:
        document.coverage.append(gap(problem, f"tags of {document.name}"))
        return {}
    return tag_map(answer.get("TagList"))


def _content(account: AwsAccount, document: RunbookDocument) -> dict[str, Any]:
    looked_at = f"content of {document.name} version {document.version}"
    try:
        answer = account.ask(
            "ssm", "get_document", Name=document.name, DocumentVersion=document.version, DocumentFormat="JSON"
        )
        content = json.loads(answer["Content"])
    except TeachingError as problem:
        document.coverage.append(gap(problem, looked_at))
        return {}
    except ValueError:
        document.coverage.append(Coverage(looked_at=looked_at, state="unavailable", detail="the content is not JSON"))
        return {}
    return content if isinstance(content, dict) else {}


def _unknown(account: AwsAccount, name: str, request: str) -> TeachingError:
    try:
        have = [identifier["Name"] for identifier in names(account)[0]]
    except TeachingError as problem:
        return TeachingError("not_found", request, "no such document.", f"Similar names cannot be suggested: {problem}")
    return TeachingError("not_found", request, f"no such document in {account.scope}.", offer(near(name, have)))
