"""A container is known to run well only where the same one was seen ready, and nothing it reads was written since."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sre_agent.rehearsal.capture import NamespaceCopy
from sre_agent.rehearsal.programs import KnownPrograms

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
BEGAN = NOW - timedelta(hours=1)
Obj = dict[str, Any]


def container(**fields: Any) -> Obj:
    reads = {"name": "MODE", "valueFrom": {"configMapKeyRef": {"name": "modes", "key": "mode"}}}
    return {"name": "web", "image": "shop/web:1", "env": [reads], "resources": {"limits": {"memory": "1Gi"}}, **fields}


def pod(*, ready: bool = True, **fields: Any) -> Obj:
    began = BEGAN.isoformat()
    state = {"running": {"startedAt": began}}
    return {
        "kind": "Pod",
        "metadata": {"name": f"web-{ready}", "namespace": "shop"},
        "spec": {"containers": [container(**fields)]},
        "status": {"containerStatuses": [{"name": "web", "ready": ready, "state": state}]},
    }


def known(*objects: Obj, written_at: datetime = BEGAN - timedelta(hours=1)) -> KnownPrograms:
    return KnownPrograms(NamespaceCopy("shop", list(objects), NOW, {("ConfigMap", "modes"): written_at}))


def test_the_same_container_elsewhere_on_a_node_is_known() -> None:
    elsewhere = pod()
    elsewhere["spec"] |= {"nodeSelector": {"disk": "ssd"}, "nodeName": "other"}
    elsewhere["spec"]["containers"][0]["resources"] |= {"requests": {"cpu": "1"}}
    assert known(pod()).unknown(elsewhere) == []


@pytest.mark.parametrize(
    "change",
    [{"image": "shop/web:2"}, {"command": ["serve"]}, {"env": []}, {"resources": {"limits": {"memory": "512Mi"}}}],
)
def test_whatever_its_process_can_see_makes_it_another_one(change: Obj) -> None:
    assert known(pod()).unknown(pod(**change)) == ["web"]


def test_what_fails_elsewhere_is_not_known() -> None:
    assert known(pod(), pod(ready=False)).unknown(pod()) == ["web"]


def test_what_was_configured_anew_since_it_began_is_not_known() -> None:
    assert known(pod(), written_at=BEGAN + timedelta(minutes=1)).unknown(pod()) == ["web"]


def test_a_rollout_that_was_completed_proves_its_template() -> None:
    """Also of a workload that was scaled to zero since."""
    condition = {"type": "Progressing", "reason": "NewReplicaSetAvailable", "lastUpdateTime": BEGAN.isoformat()}
    deployment: Obj = {
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "generation": 2},
        "spec": {"replicas": 0, "template": {"spec": {"containers": [container()]}}},
        "status": {"observedGeneration": 2, "conditions": [condition]},
    }
    assert known(deployment).unknown(pod()) == []
    assert known(deployment).are_known_from_before(pod()) and not known(deployment, pod()).are_known_from_before(pod())
    deployment["metadata"]["generation"] = 3  # its template may be one that never ran
    assert known(deployment).unknown(pod()) == ["web"]
