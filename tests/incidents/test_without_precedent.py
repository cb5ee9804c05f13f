"""A Deployment that never ran, held up by a label that no node has: taken out, and only after somebody said so."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from sre_agent.cli.drive import drive
from sre_agent.cli.view import SilentView
from sre_agent.entrances import sentence
from tests.incidents.conftest import Stage

pytestmark = pytest.mark.anyio
DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments"
EVERYTHING = '@id("all") permit (principal, action, resource);\n'


def never_placed(stage: Stage) -> dict[str, Any]:
    """A copy of payments-api as it served, under another name, created now: it asks for a label that no node has."""
    spec: dict[str, Any] = stage.object(f"{DEPLOYMENTS}/payments-api")["spec"]
    labels = {"app": "receipts"}
    spec["template"] |= {"metadata": {"labels": labels}}
    spec["template"]["spec"]["containers"][0]["image"] = "registry.shop.test/payments-api:1.8.2"
    spec["template"]["spec"] |= {"nodeSelector": {"tier": "large"}}
    spec |= {"replicas": 1, "selector": {"matchLabels": labels}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "receipts"}, "spec": spec}


def create(stage: Stage, path: str, body: dict[str, Any]) -> None:
    config = yaml.safe_load(stage.lab.endpoints.kubeconfig.read_text())
    token = config["users"][0]["user"].get("token", "")
    url = config["clusters"][0]["cluster"]["server"] + path
    answer = httpx.post(url, json=body, headers={"Authorization": f"Bearer {token}"}, trust_env=False)
    assert answer.status_code == httpx.codes.CREATED, answer.text


async def test_what_never_ran_is_changed_only_after_somebody_was_asked_whatever_the_policies_allow(
    stage: Callable[[str], AbstractContextManager[Stage]], tmp_path: Path
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "all.cedar").write_text(EVERYTHING)
    (tmp_path / "own" / "limits.yaml").write_text("level: autonomous\n")
    with stage("payday-evening") as it:
        create(it, DEPLOYMENTS, never_placed(it))
        it.lab.control.advance(90)
        async with it.runtime_of({"policies": str(tmp_path / "own"), "rehearsal": "off"}) as runtime:
            signal = sentence.signal(
                "receipts in shop has no pods, fix it", intent="respond", received_at=runtime.clock.now()
            )
            incident, _ = await runtime.responder.submit(signal)
            await drive(runtime, incident.id, SilentView(), "always")
            report = await runtime.store.report(incident.id)
        selector = it.object(f"{DEPLOYMENTS}/receipts")["spec"]["template"]["spec"].get("nodeSelector")
    assert report is not None
    assert report.reason == "fixed" and not selector, report.verification
    assert [write.allowed_by.partition(":")[0] for write in report.remediations] == ["human"]
    assert report.policy_decision is not None and "Nothing shows that it ever ran" in report.policy_decision.reason
