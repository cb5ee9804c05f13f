"""SSM documents: contents by version, with the hash and default version that a careful client pins.

They are kept here and not in moto because an automation reads them, and because moto's Systems Manager pulls in its
whole EC2, which would cost more time than everything else that starts with the lab.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import yaml

from sre_lab.aws.errors import AwsError
from sre_lab.aws.per_world import PerWorld
from sre_lab.aws.ssm import runbook
from sre_lab.aws.ssm.pages import page
from sre_lab.aws.ssm.parameters import as_text
from sre_lab.world import World

Params = dict[str, Any]


@dataclass(frozen=True)
class DocumentVersion:
    """One version of a document: its text as given, and its parsed mapping."""

    number: str
    text: str
    format: str
    content: dict[str, Any]
    created: float
    name: str = ""

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass
class SsmDocument:
    name: str
    type: str
    owner: str
    versions: list[DocumentVersion]
    default: str = "1"
    tags: dict[str, str] = field(default_factory=dict)

    def version(self, specifier: str = "", name: str = "") -> DocumentVersion:
        """By number, `$DEFAULT` (also when nothing is asked), `$LATEST` or version name; InvalidDocumentVersion."""
        number = {"": self.default, "$DEFAULT": self.default, "$LATEST": self.versions[-1].number}.get(
            specifier, specifier
        )
        for version in self.versions:
            if version.name == name if name else version.number == number:
                return version
        have = ", ".join(v.number for v in self.versions)
        raise AwsError(
            "InvalidDocumentVersion", f"Document {self.name} has no version {name or specifier}. Versions: {have}."
        )


_documents: PerWorld[dict[str, SsmDocument]] = PerWorld(dict)  # by name


def find(world: World, name: str) -> SsmDocument:
    """By name or ARN; InvalidDocument."""
    document = _documents.of(world).get(name.rpartition("document/")[2] or name)
    if document is None:
        raise AwsError("InvalidDocument", f"Document with name {name} does not exist.")
    return document


def create_document(world: World, params: Params) -> Params:
    documents, name = _documents.of(world), params["Name"]
    if name in documents:
        raise AwsError("DocumentAlreadyExists", f"Document with name {name} already exists.")
    kind = params.get("DocumentType", "Command")
    version = _version(world, params, kind, "1")
    tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags") or []}
    documents[name] = SsmDocument(name, kind, world.cluster.account, [version], tags=tags)
    return {"DocumentDescription": _description(documents[name], version)}


def update_document(world: World, params: Params) -> Params:
    document = find(world, params["Name"])
    version = _version(world, params, document.type, str(len(document.versions) + 1))
    if any(version.hash == other.hash for other in document.versions):
        raise AwsError("DuplicateDocumentContent", f"A version of {document.name} has this content already.")
    document.versions.append(version)
    return {"DocumentDescription": _description(document, version)}


def update_document_default_version(world: World, params: Params) -> Params:
    document = find(world, params["Name"])
    document.default = document.version(params["DocumentVersion"]).number
    return {"Description": {"Name": document.name, "DefaultVersion": document.default}}


def delete_document(world: World, params: Params) -> Params:
    _documents.of(world).pop(find(world, params["Name"]).name)
    return {}


def get_document(world: World, params: Params) -> Params:
    document = find(world, params["Name"])
    version = document.version(params.get("DocumentVersion", ""), params.get("VersionName", ""))
    document_format = params.get("DocumentFormat", version.format)
    return _identity(document, version) | {
        "Content": _text(version, document_format),
        "DocumentFormat": document_format,
        "Status": "Active",
    }


def describe_document(world: World, params: Params) -> Params:
    document = find(world, params["Name"])
    version = document.version(params.get("DocumentVersion", ""), params.get("VersionName", ""))
    return {"Document": _description(document, version)}


def list_documents(world: World, params: Params) -> Params:
    filters = {f["Key"]: f["Values"] for f in params.get("Filters") or []}
    filters |= {f["key"]: [f["value"]] for f in params.get("DocumentFilterList") or []}
    documents = [
        d for _, d in sorted(_documents.of(world).items()) if all(_matches(d, k, v) for k, v in filters.items())
    ]
    identities = [_identity(d, d.version()) | {"Owner": d.owner, "Tags": _tags(d)} for d in documents]
    return page(identities, params, "DocumentIdentifiers", default=10)


def list_document_versions(world: World, params: Params) -> Params:
    document = find(world, params["Name"])
    entries = [
        _identity(document, v) | {"IsDefaultVersion": v.number == document.default, "Status": "Active"}
        for v in reversed(document.versions)
    ]
    return page(entries, params, "DocumentVersions", default=10)


def _version(world: World, params: Params, kind: str, number: str) -> DocumentVersion:
    text = params["Content"]
    content = runbook.load(text) if kind in ("Automation", "Command") else {}
    if kind == "Automation":
        runbook.parse(content)
    return DocumentVersion(
        number, text, params.get("DocumentFormat", "JSON"), content, world.clock.now(), params.get("VersionName", "")
    )


def _text(version: DocumentVersion, document_format: str) -> str:
    if document_format == version.format or not version.content:
        return version.text
    return (
        json.dumps(version.content, indent=2)
        if document_format == "JSON"
        else yaml.safe_dump(version.content, sort_keys=False)
    )


def _identity(document: SsmDocument, version: DocumentVersion) -> Params:
    identity: Params = {
        "Name": document.name,
        "CreatedDate": version.created,
        "DocumentVersion": version.number,
        "DocumentType": document.type,
        "DocumentFormat": version.format,
    }
    if version.content.get("schemaVersion"):
        identity["SchemaVersion"] = str(version.content["schemaVersion"])
    return identity | ({"VersionName": version.name} if version.name else {})


def _description(document: SsmDocument, version: DocumentVersion) -> Params:
    parameters = [
        {"Name": name, "Type": str(raw.get("type", "String")), "Description": str(raw.get("description", ""))}
        | ({"DefaultValue": as_text(raw["default"])} if "default" in raw else {})
        for name, raw in (version.content.get("parameters") or {}).items()
    ]
    return _identity(document, version) | {
        "Hash": version.hash,
        "HashType": "Sha256",
        "Owner": document.owner,
        "Status": "Active",
        "Description": str(version.content.get("description", "")),
        "Parameters": parameters,
        "PlatformTypes": ["Windows", "Linux", "MacOS"],
        "LatestVersion": document.versions[-1].number,
        "DefaultVersion": document.default,
        "Tags": _tags(document),
    }


def _tags(document: SsmDocument) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(document.tags.items())]


def _matches(document: SsmDocument, key: str, values: list[str]) -> bool:
    if key in ("Name", "name"):
        return any(document.name.startswith(value) for value in values)
    if key == "Owner":
        return any(value in ("All", "Self", "Private", document.owner) for value in values)
    if key in ("DocumentType", "PlatformTypes"):
        return key == "PlatformTypes" or document.type in values
    if key.startswith("tag:"):
        return document.tags.get(key.removeprefix("tag:")) in values
    if key == "SearchKeyword":
        return all(value.lower() in document.name.lower() for value in values)
    raise AwsError("InvalidFilterKey", f"{key} is no filter of ListDocuments.")
