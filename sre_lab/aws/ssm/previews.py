"""Execution previews: how many steps of a document would change something. Nothing is run."""

from __future__ import annotations

from typing import Any

from sre_lab.aws.errors import AwsError
from sre_lab.aws.ssm.automations import definition
from sre_lab.aws.ssm.identifiers import new_id
from sre_lab.aws.ssm.impact import impact
from sre_lab.aws.ssm.parameters import resolve
from sre_lab.aws.ssm.runbook import AutomationDocument
from sre_lab.aws.ssm.state import ExecutionPreview, of
from sre_lab.world import World

TAKES = 1.0  # seconds until a preview is ready


def start(world: World, params: dict[str, Any]) -> dict[str, Any]:
    runbook, _ = definition(world, params["DocumentName"], params.get("DocumentVersion", ""))
    parameters = ((params.get("ExecutionInputs") or {}).get("Automation") or {}).get("Parameters") or {}
    try:
        values, _ = resolve(runbook, parameters)
    except AwsError as problem:
        raise AwsError("ValidationException", problem.message) from problem

    def find(name: str) -> AutomationDocument | None:
        try:
            return definition(world, name, "")[0]
        except AwsError:
            return None

    counts = {"Mutating": 0, "NonMutating": 0, "Undetermined": 0}
    for step in runbook.steps:
        counts[impact(step, values, find)] += 1
    preview = ExecutionPreview(new_id(world), world.clock.now() + TAKES, counts)
    of(world).previews[preview.id] = preview
    return {"ExecutionPreviewId": preview.id}


def get(world: World, params: dict[str, Any]) -> dict[str, Any]:
    preview = of(world).previews.get(params["ExecutionPreviewId"])
    if preview is None:
        raise AwsError("ResourceNotFoundException", f"There is no preview {params['ExecutionPreviewId']}.", status=404)
    if world.clock.now() < preview.ready_at:
        return {"ExecutionPreviewId": preview.id, "Status": "InProgress"}
    return {
        "ExecutionPreviewId": preview.id,
        "Status": "Success",
        "EndedAt": preview.ready_at,
        "ExecutionPreview": {
            "Automation": {
                "StepPreviews": {kind: number for kind, number in preview.counts.items() if number},
                "Regions": [world.cluster.region],
                "TargetPreviews": [],
                "TotalAccounts": 1,
            }
        },
    }
