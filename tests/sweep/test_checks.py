"""What a sweep reads beside workloads and alarms: one world in which each check has something to say, and its gaps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sre_agent.domain.sweep import Sweep
from sre_lab.facts import apply_manifests
from tests.sweep.swept import CALM, CustomObjects, lab
from tests.worlds.running import Ground


def certificate(name: str, end: str, renewal: str = "") -> dict[str, Any]:
    status = {"notAfter": end} | ({"renewalTime": renewal} if renewal else {})
    return {"metadata": {"name": name, "namespace": "quay"}, "status": status}


def backup(name: str, phase: str, started: str) -> dict[str, Any]:
    labels = {"velero.io/schedule-name": "nightly"}
    metadata = {"name": name, "namespace": "velero", "labels": labels}
    return {"metadata": metadata, "status": {"phase": phase, "startTimestamp": started}}


OPERATORS = {
    ("cert-manager.io", "v1", "certificates"): (
        "Certificate",
        [
            certificate("gone", "2026-09-20T00:00:00Z", "2026-08-20T00:00:00Z"),
            certificate("late", "2026-10-01T00:00:00Z", "2026-09-18T00:00:00Z"),
            certificate("fine", "2026-11-01T00:00:00Z", "2026-10-02T00:00:00Z"),
        ],
    ),
    ("velero.io", "v1", "backups"): (
        "Backup",
        [
            backup("nightly-1", "Completed", "2026-09-20T02:00:00Z"),
            backup("nightly-2", "PartiallyFailed", "2026-09-21T02:00:00Z"),
        ],
    ),
    ("aquasecurity.github.io", "v1alpha1", "vulnerabilityreports"): (
        "VulnerabilityReport",
        [{"metadata": {"name": "berths", "namespace": "quay"}, "report": {"summary": {"criticalCount": 3}}}],
    ),
}
PUBLIC = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "front", "namespace": "quay"}}
PUBLIC |= {"spec": {"type": "LoadBalancer", "selector": {"app": "berths"}, "ports": [{"port": 80, "targetPort": 8080}]}}


def by_check(sweep: Sweep) -> dict[str, list[tuple[str, str]]]:
    checks: dict[str, list[tuple[str, str]]] = {}
    for one in sweep.troubles:
        checks.setdefault(one.check, []).append((one.severity, one.subject.name))
    return checks


def test_each_check_says_what_will_be_trouble_and_what_it_may_not_read(standing: Ground, tmp_path: Path) -> None:
    with lab(standing, CALM, tmp_path) as calm:
        apply_manifests(calm.world, [PUBLIC])
        calm.make_log_group("/quay/berths")
        standing.before("kubernetes", lambda app: CustomObjects(app, OPERATORS))
        sweep = calm.sweep()
        in_namespace = calm.sweep("quay", before=sweep)
        standing.before("kubernetes", lambda app: CustomObjects(app, OPERATORS, frozenset({"certificates"})))
        blind = calm.sweep(before=sweep)

    troubles = by_check(sweep)
    assert troubles["certificates"] == [("SEV2", "gone"), ("SEV3", "late")]
    assert troubles["backups"] == [("SEV3", "nightly")]
    assert troubles["images"] == [("SEV4", "critical")]
    assert ("SEV4", "internet-facing") in troubles["exposure"] and ("SEV4", "without retention") in troubles[
        "log_groups"
    ]
    assert {check.name for check in sweep.checks if not check.complete} == set(), sweep.gaps
    assert "backups" not in by_check(in_namespace) and "log_groups" not in by_check(in_namespace)
    assert {one.grade for one in sweep.grades if one.namespace == "quay"} == {"D"}
    assert [one.key for one in blind.unverified] == [
        "certificates Certificate/quay/gone",
        "certificates Certificate/quay/late",
    ]
    assert not blind.resolved and any("certificates" in gap for gap in blind.gaps), "what is not read again is not over"
