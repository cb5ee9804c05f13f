"""`python -m infra.checks.rollout IMAGE --service NAME`: a new image on ECS, by canary, to its end or back.

ECS moves the traffic: the service gives 10 % to the new version for five minutes, then all of it, and goes back by
itself on an alarm or a task that does not start (infra/terraform/modules/service_ecs). What this adds is the new
version's own figures, which no alarm over all versions has: 5 % errors among a tenth are half a percent of all.
Exit status 1 where the new version does not serve everybody in the end.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import boto3

from infra.checks.canary import Figures, RolloutError, objection
from infra.checks.canary_metrics import canary_figures

Client = Any  # boto3 has no types
Json = dict[str, Any]
CONTAINER: Final = "responder"
SECRETS: Final = "secret-files"  # the container that runs the same image before it
EVERY_SECONDS: Final = 15.0
LONGEST: Final = timedelta(minutes=45)
UNDER_WAY: Final = ("PENDING", "IN_PROGRESS")
GOES_BACK: Final = ("ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "STOP_REQUESTED")
METRICS: Final = ("RequestCount", "Sum"), ("HTTPCode_Target_5XX_Count", "Sum"), ("TargetResponseTime", "p95")
OF_A_REQUEST: Final = ("family", "taskRoleArn", "executionRoleArn", "networkMode", "containerDefinitions", "volumes",
                       "requiresCompatibilities", "cpu", "memory", "runtimePlatform")  # fmt: skip


def begin(ecs: Client, service: str, image: str) -> str:
    """Registers the task with this image and starts its deployment; the ARN of the task definition."""
    (current,) = ecs.describe_services(cluster=service, services=[service])["services"]
    task = ecs.describe_task_definition(taskDefinition=current["taskDefinition"])["taskDefinition"]
    request = {name: task[name] for name in OF_A_REQUEST if name in task}
    for container in request["containerDefinitions"]:
        if container["name"] in (CONTAINER, SECRETS):
            container["image"] = image
    made = str(ecs.register_task_definition(**request)["taskDefinition"]["taskDefinitionArn"])
    ecs.update_service(cluster=service, service=service, taskDefinition=made)
    return made


def follow(
    ecs: Client, service: str, task: str, figures: Callable[[Json, datetime], Figures],
    wait: Callable[[float], None] = time.sleep, now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:  # fmt: skip
    """Until everybody is served by `task`. Sends it back when the figures of its revision ask for it. RolloutError."""
    begun, against = now(), ""
    while now() < begun + LONGEST:
        deployment, revision = _deployment(ecs, service, task, begun - timedelta(minutes=5))
        status = deployment.get("status", "PENDING")
        if status == "SUCCESSFUL":
            return
        if status not in (*UNDER_WAY, *GOES_BACK):
            raise RolloutError(against or f"{status}: {deployment.get('statusReason', 'ECS gives no reason')}")
        has_traffic = deployment.get("targetServiceRevision", {}).get("requestedProductionTrafficWeight", 0) > 0
        if status == "IN_PROGRESS" and has_traffic and not against:
            against = objection(figures(revision, deployment["startedAt"]))
            if against:
                arn = deployment["serviceDeploymentArn"]
                ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
        wait(EVERY_SECONDS)
    raise RolloutError(against or f"not finished within {LONGEST}; ECS goes on with it")


def _deployment(ecs: Client, service: str, task: str, since: datetime) -> tuple[Json, Json]:
    """The deployment of this task definition and its revision; both empty as long as ECS does not show them."""
    listed = ecs.list_service_deployments(cluster=service, service=service, createdAt={"after": since})
    targets = {one["targetServiceRevisionArn"]: one["serviceDeploymentArn"] for one in listed["serviceDeployments"]}
    if not targets:
        return {}, {}
    for revision in ecs.describe_service_revisions(serviceRevisionArns=list(targets))["serviceRevisions"]:
        if revision["taskDefinition"] == task:
            arns = [targets[revision["serviceRevisionArn"]]]
            return ecs.describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"][0], revision
    return {}, {}


def measured(cloudwatch: Client, revision: Json, since: datetime, until: datetime) -> Figures:
    """What the load balancer counted for the target group of this revision."""
    (balancer,) = revision["resolvedConfiguration"]["loadBalancers"]
    dimensions = {
        "TargetGroup": balancer["targetGroupArn"].rpartition(":")[2],
        "LoadBalancer": "/".join(balancer["productionListenerRule"].split("/")[1:4]),
    }
    return canary_figures(cloudwatch, "AWS/ApplicationELB", dimensions, METRICS, since, until)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.checks.rollout", description=__doc__)
    parser.add_argument("image", help="with its tag or digest")
    parser.add_argument("--service", required=True, help="name of the service, which is also its cluster's")
    options = parser.parse_args(arguments)
    ecs, cloudwatch = boto3.client("ecs"), boto3.client("cloudwatch")
    try:
        task = begin(ecs, options.service, options.image)
        print(f"{task} is on its way", flush=True)
        follow(ecs, options.service, task, lambda one, since: measured(cloudwatch, one, since, datetime.now(UTC)))
    except RolloutError as problem:
        print(f"Not rolled out: {problem}")
        return 1
    print("Everybody is served by it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
