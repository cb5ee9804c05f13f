"""SSM documents: versions, hashes, formats, tags, lists."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
import yaml

from . import runbooks
from .conftest import Aws


def _content(pause: str) -> dict[str, Any]:
    return {"schemaVersion": "0.3", "description": pause, "mainSteps": [runbooks.sleep("nap", pause)]}


def test_a_document_answers_its_hash_and_versions(aws: Aws) -> None:
    ssm = aws.client("ssm")
    first, second = json.dumps(_content("PT1S")), json.dumps(_content("PT2S"))
    ssm.create_document(Name="Nap", DocumentType="Automation", Content=first)
    ssm.update_document(Name="Nap", Content=second, DocumentVersion="$LATEST")
    description = ssm.describe_document(Name="Nap")["Document"]
    assert (description["DocumentVersion"], description["DefaultVersion"], description["LatestVersion"]) == (
        "1",
        "1",
        "2",
    )
    assert description["Hash"] == hashlib.sha256(first.encode()).hexdigest()
    assert ssm.get_document(Name="Nap", DocumentVersion="$LATEST")["Content"] == second
    ssm.update_document_default_version(Name="Nap", DocumentVersion="2")
    assert ssm.get_document(Name="Nap")["Content"] == second
    versions = ssm.list_document_versions(Name="Nap")["DocumentVersions"]
    assert [(v["DocumentVersion"], v["IsDefaultVersion"]) for v in versions] == [("2", True), ("1", False)]


def test_a_yaml_document_reads_as_json_on_request(aws: Aws) -> None:
    ssm = aws.client("ssm")
    text = yaml.safe_dump(_content("PT1S"))
    ssm.create_document(Name="Nap", DocumentType="Automation", DocumentFormat="YAML", Content=text)
    assert ssm.get_document(Name="Nap")["Content"] == text
    assert json.loads(ssm.get_document(Name="Nap", DocumentFormat="JSON")["Content"]) == _content("PT1S")


def test_lists_filter_by_prefix_type_owner_and_tag(aws: Aws) -> None:
    ssm = aws.client("ssm")
    for name, team in (("Shop-Scale", "shop"), ("Shop-Restart", "ops"), ("Other", "ops")):
        content = json.dumps(_content("PT1S"))
        ssm.create_document(
            Name=name, DocumentType="Automation", Content=content, Tags=[{"Key": "team", "Value": team}]
        )

    def names(key: str, value: str) -> list[str]:
        answer = ssm.list_documents(Filters=[{"Key": key, "Values": [value]}])
        return [d["Name"] for d in answer["DocumentIdentifiers"]]

    assert names("Name", "Shop-") == ["Shop-Restart", "Shop-Scale"]
    assert names("tag:team", "ops") == ["Other", "Shop-Restart"]
    assert names("DocumentType", "Command") == []
    assert len(names("Owner", "Self")) == 3
    first = ssm.list_documents(MaxResults=2)
    assert len(first["DocumentIdentifiers"]) == 2
    assert [d["Name"] for d in ssm.list_documents(NextToken=first["NextToken"])["DocumentIdentifiers"]] == [
        "Shop-Scale"
    ]


def test_tags_of_a_document_can_be_added_and_removed(aws: Aws) -> None:
    ssm = aws.client("ssm")
    ssm.create_document(Name="Nap", DocumentType="Automation", Content=json.dumps(_content("PT1S")))
    ssm.add_tags_to_resource(ResourceType="Document", ResourceId="Nap", Tags=[{"Key": "risk", "Value": "low"}])
    tags = ssm.list_tags_for_resource(ResourceType="Document", ResourceId="Nap")["TagList"]
    assert tags == [{"Key": "risk", "Value": "low"}]
    ssm.remove_tags_from_resource(ResourceType="Document", ResourceId="Nap", TagKeys=["risk"])
    assert ssm.list_tags_for_resource(ResourceType="Document", ResourceId="Nap")["TagList"] == []


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("{", "InvalidDocumentContent"),
        ('{"schemaVersion": "2.2", "mainSteps": []}', "InvalidDocumentSchemaVersion"),
        ('{"schemaVersion": "0.3", "mainSteps": [{"name": "a"}]}', "InvalidDocumentContent"),
        (
            '{"schemaVersion": "0.3", "mainSteps": [{"name": "a", "action": "aws:sleep", "nextStep": "b"}]}',
            "InvalidDocumentContent",
        ),
    ],
)
def test_a_document_of_no_good_form_is_not_created(aws: Aws, content: str, error: str) -> None:
    ssm = aws.client("ssm")
    with pytest.raises(getattr(ssm.exceptions, error)):
        ssm.create_document(Name="Bad", DocumentType="Automation", Content=content)
    with pytest.raises(ssm.exceptions.InvalidDocument):
        ssm.describe_document(Name="Bad")
