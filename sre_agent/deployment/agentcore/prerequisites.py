"""What has to be there before a runtime can be made: an image for the processors of AgentCore in ECR of the same
region, and a role that the service may assume.

AgentCore itself refuses only what it meets first, one at a time. Without the rights to look, nothing is said of these.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from sre_agent.deployment.agentcore.account import DeniedError, DeploymentAccount
from sre_agent.errors import AbsentError

PRINCIPAL: Final = "bedrock-agentcore.amazonaws.com"
ARCHITECTURE: Final = "arm64"
ECR: Final = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<repository>[^:@]+)"
    r"(?::(?P<tag>[^@]+))?(?:@(?P<digest>.+))?"
)
BUILD: Final = "docker buildx build --platform linux/arm64 --push"


@dataclass(frozen=True)
class Unmet:
    """Something that is missing, and what to do."""

    what: str
    wrong: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what}: {self.wrong}. {self.remedy}"

    def json(self) -> dict[str, str]:
        return asdict(self)


def unmet(account: DeploymentAccount, configuration: Mapping[str, Any]) -> list[Unmet]:
    """What this configuration of a runtime lacks, as far as the caller may look. Raises what `ask` raises."""
    image = configuration.get("agentRuntimeArtifact", {}).get("containerConfiguration", {}).get("containerUri", "")
    return [*_of_image(account, image), *_of_role(account, str(configuration.get("roleArn", "")))]


def _of_image(account: DeploymentAccount, uri: str) -> Iterator[Unmet]:
    match, what = ECR.fullmatch(uri), f"the image {uri}"
    if match is None:
        return  # a public image, or code instead of one
    if match["region"] != account.region:
        remedy = f"Push it to ECR in {account.region}, or deploy with --aws-region {match['region']}."
        yield Unmet(what, f"it is in {match['region']}, and the runtime in {account.region}", remedy)
        return
    identifier = {"imageDigest": match["digest"]} if match["digest"] else {"imageTag": match["tag"] or "latest"}
    try:
        answer = account.ask(
            "ecr",
            "batch_get_image",
            registryId=match["account"],
            repositoryName=match["repository"],
            imageIds=[identifier],
        )
    except DeniedError:
        return
    except AbsentError:
        yield Unmet(
            what, f"there is no repository {match['repository']} in {account.region}", f"Make it, then: {BUILD}."
        )
        return
    if not answer.get("images"):
        yield Unmet(
            what, f"the repository has no image {match['digest'] or identifier['imageTag']}", f"Push it: {BUILD}."
        )
        return
    architectures = _architectures(json.loads(answer["images"][0]["imageManifest"]))
    if architectures and ARCHITECTURE not in architectures:
        wrong = f"it is built for {', '.join(sorted(architectures))}, and AgentCore Runtime runs {ARCHITECTURE}"
        yield Unmet(what, wrong, f"Build it so: {BUILD}.")


def _architectures(manifest: Mapping[str, Any]) -> set[str]:
    """Those of an index; an image alone does not say."""
    platforms = [one.get("platform", {}) for one in manifest.get("manifests", [])]
    return {str(one["architecture"]) for one in platforms if one.get("architecture", "unknown") != "unknown"}


def _of_role(account: DeploymentAccount, role: str) -> Iterator[Unmet]:
    name, what = role.rpartition("/")[2], f"the role {role}"
    if not name:
        return
    try:
        trust = account.ask("iam", "get_role", RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    except DeniedError:
        return
    except AbsentError:
        yield Unmet(what, "it is not there", "Make it with the policies of infra/terraform/modules/roles.")
        return
    if not any(_lets_in(statement) for statement in _list(trust["Statement"])):
        wrong = f"{PRINCIPAL} may not assume it"
        yield Unmet(what, wrong, "Trust it as infra/terraform/modules/trust/policies/agentcore.json does.")


def _lets_in(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal", {})
    services = _list(principal.get("Service", [])) if isinstance(principal, Mapping) else []
    return (
        statement.get("Effect") == "Allow"
        and PRINCIPAL in services
        and bool({"sts:AssumeRole", "sts:*", "*"} & set(_list(statement.get("Action", []))))
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
