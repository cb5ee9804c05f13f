"""What the scanner of ECR says of the newest image of the responder."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from sre_agent.aws_services.conditions import code_of
from sre_agent.errors import SreAgentError
from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.checks.installed import on_aws
from sre_agent.ops.installation import InstallationView

SEVERE: Final[tuple[tuple[str, OpsState], ...]] = (("CRITICAL", "problem"), ("HIGH", "warning"))
NO_REPOSITORY: Final = "RepositoryNotFoundException"
NO_SCAN: Final = "ScanNotFoundException"
COMPLETE: Final = ("COMPLETE", "ACTIVE")


@on_aws
async def look(installation: InstallationView) -> OpsFinding:
    name = installation.name
    try:
        images = await installation.pages("ecr", "describe_images", "imageDetails", repositoryName=name)
    except SreAgentError as problem:
        if code_of(problem) == NO_REPOSITORY:
            return OpsFinding.not_set_up(f"There is no repository {name} in ECR.")
        raise
    if not images:
        return OpsFinding.not_set_up(f"The repository {name} has no image.")
    newest = max(images, key=lambda image: image.get("imagePushedAt") or datetime.min.replace(tzinfo=UTC))
    counts = await _counts(installation, name, newest["imageDigest"])
    tag = (newest.get("imageTags") or [newest["imageDigest"]])[0]
    if counts is None:
        return OpsFinding(
            state="warning",
            statement=f"The image {tag} was not scanned.",
            remedy="Switch on scan_on_push, or start a scan: aws ecr start-image-scan.",
        )
    return OpsFinding.worst(
        [
            (state, f"The image {tag} has {counts[of]} findings of severity {of}.")
            for of, state in SEVERE
            if of in counts
        ],
        f"The image {tag} has no finding of severity CRITICAL or HIGH.",
        figures={f"findings_{severity.lower()}": count for severity, count in counts.items()},
        remedy="Build the image again on its present base, and roll it out.",
    )


async def _counts(installation: InstallationView, repository: str, digest: str) -> dict[str, int] | None:
    """Findings by severity; None where no scan has ended."""
    try:
        answer = await installation.ask(
            "ecr",
            "describe_image_scan_findings",
            repositoryName=repository,
            imageId={"imageDigest": digest},
        )
    except SreAgentError as problem:
        if code_of(problem) == NO_SCAN:
            return None
        raise
    if answer.get("imageScanStatus", {}).get("status") not in COMPLETE:
        return None
    findings: dict[str, Any] = answer.get("imageScanFindings", {})
    return {str(severity): int(count) for severity, count in findings.get("findingSeverityCounts", {}).items() if count}


CHECK: Final = OpsCheck(
    "image scan", "weekly", "newest image in ECR", look, ("ecr:DescribeImages", "ecr:DescribeImageScanFindings")
)
