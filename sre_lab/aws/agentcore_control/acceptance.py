"""What AgentCore looks at before it accepts a runtime: whether it may assume the role, and whether the image is there
and for its processors. The texts are the service's own where they are known."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from sre_lab.aws.agentcore_control.account import AgentCoreAccount
from sre_lab.aws.errors import AwsError
from sre_lab.aws.ssm.actions import StepFailure

SERVICE: Final = "bedrock-agentcore.amazonaws.com"
IMAGE: Final = re.compile(
    r"\d{12}\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<repository>[^:@]+)"
    r"(?::(?P<tag>[^@]+))?(?:@(?P<digest>.+))?"
)
INDEXES: Final = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)


def check(account: AgentCoreAccount, region: str, configuration: dict[str, Any]) -> None:
    """Raises AwsError ValidationException."""
    assert account.call is not None
    role, uri = (
        configuration["roleArn"],
        configuration["agentRuntimeArtifact"]["containerConfiguration"]["containerUri"],
    )
    if not _may_assume(account, role):
        _refuse(
            f"Role validation failed for '{role}'. Please verify that the role exists and its trust policy allows"
            " assumption by this service"
        )
    match = IMAGE.fullmatch(uri)
    if match is None:
        return  # a public image
    manifest = _manifest(account, match) if match["region"] == region else None
    if manifest is None:
        _refuse(f"The specified image identifier does not exist: '{uri}'")
    elif manifest.get("mediaType") in INDEXES and "arm64" not in _architectures(manifest):
        _refuse(f"Architecture incompatible for uri '{uri}'. Supported architectures: [arm64]")


def _may_assume(account: AgentCoreAccount, role: str) -> bool:
    assert account.call is not None
    try:
        trust = account.call("iam", "GetRole", {"RoleName": role.rpartition("/")[2]})["Role"][
            "AssumeRolePolicyDocument"
        ]
    except StepFailure:
        return False
    document = json.loads(trust) if isinstance(trust, str) else trust
    return SERVICE in json.dumps([one.get("Principal") for one in document["Statement"] if one["Effect"] == "Allow"])


def _manifest(account: AgentCoreAccount, image: re.Match[str]) -> dict[str, Any] | None:
    assert account.call is not None
    identifier = {"imageDigest": image["digest"]} if image["digest"] else {"imageTag": image["tag"] or "latest"}
    try:
        images = account.call("ecr", "BatchGetImage", {"repositoryName": image["repository"], "imageIds": [identifier]})
    except StepFailure:
        return None
    manifest: dict[str, Any] | None = json.loads(images["images"][0]["imageManifest"]) if images["images"] else None
    return manifest


def _architectures(manifest: dict[str, Any]) -> set[str]:
    return {one.get("platform", {}).get("architecture", "") for one in manifest["manifests"]}


def _refuse(message: str) -> None:
    raise AwsError("ValidationException", message, members={"reason": "FieldValidationFailed"})
