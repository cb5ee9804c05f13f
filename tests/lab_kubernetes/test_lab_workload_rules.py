"""What the API refuses of workloads: strategies, selectors, counts, schedules, and changes that come too late."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab_kubernetes.refusals import causes, change, create, sound
from tests.lab_kubernetes.served_cluster import Served

Obj = dict[str, Any]
ZERO = 'intstr.IntOrString{Type:0, IntVal:0, StrVal:""}'
OVER = 'intstr.IntOrString{Type:1, IntVal:0, StrVal:"150%"}'
NO_LABELS = "v1.LabelSelector{MatchLabels:map[string]string(nil), MatchExpressions:[]v1.LabelSelectorRequirement(nil)}"
MISMATCH = 'Invalid value: map[string]string{"app":"new"}: `selector` does not match template `labels`'


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"])
def test_a_sound_workload_is_taken(server: Served, kind: str) -> None:
    assert causes(create(server, sound(kind))) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"spec.strategy": {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}},
            ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
        ),
        (
            {"spec.strategy": {"type": "Foo"}},
            [
                'spec.strategy: Unsupported value: apps.DeploymentStrategy{Type:"Foo", RollingUpdate:'
                '(*apps.RollingUpdateDeployment)(nil)}: supported values: "Recreate", "RollingUpdate"'
            ],
        ),
        (
            {"spec.strategy.rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}},
            [f"spec.strategy.rollingUpdate.maxUnavailable: Invalid value: {ZERO}: may not be 0 when `maxSurge` is 0"],
        ),
        (
            {"spec.strategy.rollingUpdate": {"maxSurge": "150%", "maxUnavailable": "150%"}},
            [f"spec.strategy.rollingUpdate.maxUnavailable: Invalid value: {OVER}: must not be greater than 100%"],
        ),
        (
            {"spec.strategy.rollingUpdate": {"maxSurge": -1, "maxUnavailable": 1}},
            ["spec.strategy.rollingUpdate.maxSurge: Invalid value: -1: must be greater than or equal to 0"],
        ),
        (
            {"spec.selector": None},
            ["spec.selector: Required value", f"spec.template.metadata.labels: {MISMATCH}"],
        ),
        (
            {"spec.selector": {}},
            [f"spec.selector: Invalid value: {NO_LABELS}: empty selector is invalid for deployment"],
        ),
        (
            {"spec.replicas": -1, "spec.selector.matchLabels.app": "old", "spec.minReadySeconds": 600},
            [
                "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
                f"spec.template.metadata.labels: {MISMATCH}",
                "spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds",
            ],
        ),
        (
            {"spec.template.spec.restartPolicy": "Never"},
            ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
        ),
    ],
)
def test_a_deployment_that_cannot_roll_out_is_refused(server: Served, changes: Obj, expected: list[str]) -> None:
    assert causes(create(server, sound("Deployment", changes))) == expected


@pytest.mark.parametrize(
    ("kind", "changes", "expected"),
    [
        (
            "StatefulSet",
            {"spec.updateStrategy": {"type": "Foo"}},
            [
                'spec.updateStrategy: Invalid value: apps.StatefulSetUpdateStrategy{Type:"Foo", RollingUpdate:'
                "(*apps.RollingUpdateStatefulSetStrategy)(nil)}: must be 'RollingUpdate' or 'OnDelete'"
            ],
        ),
        (
            "StatefulSet",
            {"spec.updateStrategy.rollingUpdate.partition": -1, "spec.podManagementPolicy": "Foo"},
            [
                "spec.podManagementPolicy: Invalid value: \"Foo\": must be 'OrderedReady' or 'Parallel'",
                "spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0",
            ],
        ),
        (
            "DaemonSet",
            {"spec.updateStrategy.rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}},
            ["spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0"],
        ),
        (
            "DaemonSet",
            {"spec.updateStrategy": {"type": "Recreate"}},
            [
                'spec.updateStrategy: Unsupported value: apps.DaemonSetUpdateStrategy{Type:"Recreate", RollingUpdate:'
                '(*apps.RollingUpdateDaemonSet)(nil)}: supported values: "RollingUpdate", "OnDelete"'
            ],
        ),
    ],
)
def test_the_strategies_of_other_workloads_have_their_own_words(
    server: Served, kind: str, changes: Obj, expected: list[str]
) -> None:
    assert causes(create(server, sound(kind, changes))) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"spec.parallelism": -1, "spec.completions": -1, "spec.backoffLimit": -1},
            [
                f"spec.{field}: Invalid value: -1: must be greater than or equal to 0"
                for field in ("parallelism", "completions", "backoffLimit")
            ],
        ),
        (
            {"spec.template.spec.restartPolicy": None},
            ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
        ),
        (
            {"spec.completionMode": "Indexed"},
            [],
        ),
    ],
)
def test_a_job_that_cannot_end_is_refused(server: Served, changes: Obj, expected: list[str]) -> None:
    assert causes(create(server, sound("Job", changes))) == expected


def test_a_job_keeps_its_completions_and_its_template(server: Served) -> None:
    create(server, sound("Job"))
    expected = ["spec.completions: Invalid value: 5: field is immutable"]
    assert causes(change(server, "Job", {"spec": {"completions": 5}})) == expected
    patch = {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 5}}}}
    result = causes(change(server, "Job", patch))
    assert result[0].startswith("spec.template: Invalid value: core.PodTemplateSpec{ObjectMeta:v1.ObjectMeta{")
    assert result[0].endswith(": field is immutable")
    assert causes(change(server, "Job", {"spec": {"parallelism": 3}})) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"spec.schedule": "99 * * * *"},
            ['spec.schedule: Invalid value: "99 * * * *": end of range (99) above maximum (59): 99'],
        ),
        (
            {"spec.schedule": "* *", "spec.timeZone": "Mars/X", "spec.concurrencyPolicy": "Foo"},
            [
                'spec.schedule: Invalid value: "* *": expected exactly 5 fields, found 2: [* *]',
                'spec.timeZone: Invalid value: "Mars/X": unknown time zone Mars/X',
                'spec.concurrencyPolicy: Unsupported value: "Foo": supported values: "Allow", "Forbid", "Replace"',
            ],
        ),
        (
            {"spec.schedule": "TZ=UTC 0 * * * *"},
            [
                'spec.schedule: Invalid value: "TZ=UTC 0 * * * *": '
                "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
            ],
        ),
        (
            {"metadata.name": "n" * 53},
            [f'metadata.name: Invalid value: "{"n" * 53}": must be no more than 52 characters'],
        ),
        (
            {"spec.jobTemplate.spec.template.spec.restartPolicy": "Always"},
            ['spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
        ),
        ({"spec.schedule": "@every 1h30m", "spec.timeZone": "Europe/Zurich"}, []),
    ],
)
def test_a_schedule_has_to_be_one(server: Served, changes: Obj, expected: list[str]) -> None:
    assert causes(create(server, sound("CronJob", changes))) == expected


def test_selectors_stay_and_a_stateful_set_changes_only_what_it_can(server: Served) -> None:
    for kind in ("DaemonSet", "StatefulSet"):
        create(server, sound(kind))
    other = {"spec": {"selector": {"matchLabels": {"app": "x"}}, "template": {"metadata": {"labels": {"app": "x"}}}}}
    assert causes(change(server, "DaemonSet", other)) == [
        'spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string{"app":"x"}, '
        "MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: field is immutable"
    ]
    result = causes(change(server, "StatefulSet", {"spec": {"serviceName": "other"}}))
    assert len(result) == 1 and result[0].startswith(
        "spec: Forbidden: updates to statefulset spec for fields other than"
    )
    assert causes(change(server, "StatefulSet", {"spec": {"replicas": 2}})) == []
