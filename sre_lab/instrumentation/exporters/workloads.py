"""What kube-state-metrics tells of what runs pods, from Deployments to CronJobs."""

from __future__ import annotations

from collections.abc import Iterable

from sre_lab.instrumentation.exporters.metric_tables import (
    CREATED,
    KindMetrics,
    ObjectMetric,
    Row,
    Tell,
    at,
    conditions,
    field,
    info,
    moment,
    name_labels,
    owners,
)
from sre_lab.objects.store import Obj

DESIRED = "Sequence number representing a specific generation of the desired state"
SEEN = "The generation observed by the {} controller."


def _generations(kind: str, controller: str) -> dict[str, ObjectMetric]:
    observed = field("status", "observedGeneration", unset=0)
    return {
        f"kube_{kind}_created": CREATED,
        f"kube_{kind}_metadata_generation": ObjectMetric(f"{DESIRED}.", field("metadata", "generation", unset=1)),
        f"kube_{kind}_status_observed_generation": ObjectMetric(SEEN.format(controller), observed),
    }


def _counts(prefix: str, helps: dict[str, tuple[str, str]]) -> dict[str, ObjectMetric]:
    """Numbers of the status by the end of their name: (field, help)."""
    return {
        f"{prefix}_{end}": ObjectMetric(help, field("status", name, unset=0)) for end, (name, help) in helps.items()
    }


def _finish(kind: str) -> Tell:
    def tell(job: Obj) -> Iterable[Row]:
        for condition in at(job, ("status", "conditions")) or []:
            if condition["type"] == kind:
                yield from [
                    ({"condition": answer}, float(condition["status"].lower() == answer))
                    for answer in ("true", "false")
                ]

    return tell


_OF_DEPLOYMENT = {
    "replicas": ("replicas", "The number of replicas per deployment."),
    "replicas_available": ("availableReplicas", "The number of available replicas per deployment."),
    "replicas_ready": ("readyReplicas", "The number of ready replicas per deployment."),
    "replicas_unavailable": ("unavailableReplicas", "The number of unavailable replicas per deployment."),
    "replicas_updated": ("updatedReplicas", "The number of updated replicas per deployment."),
}
_OF_REPLICASET = {
    "replicas": ("replicas", "The number of replicas per ReplicaSet."),
    "fully_labeled_replicas": ("fullyLabeledReplicas", "The number of fully labeled replicas per ReplicaSet."),
    "ready_replicas": ("readyReplicas", "The number of ready replicas per ReplicaSet."),
}
_OF_STATEFULSET = {
    "replicas": ("replicas", "The number of replicas per StatefulSet."),
    "replicas_available": ("availableReplicas", "The number of available replicas per StatefulSet."),
    "replicas_current": ("currentReplicas", "The number of current replicas per StatefulSet."),
    "replicas_ready": ("readyReplicas", "The number of ready replicas per StatefulSet."),
    "replicas_updated": ("updatedReplicas", "The number of updated replicas per StatefulSet."),
}
_OF_DAEMONSET = {
    "current_number_scheduled": (
        "currentNumberScheduled",
        "The number of nodes running at least one daemon pod and are supposed to.",
    ),
    "desired_number_scheduled": (
        "desiredNumberScheduled",
        "The number of nodes that should be running the daemon pod.",
    ),
    "number_available": (
        "numberAvailable",
        "The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and "
        "available",
    ),
    "number_misscheduled": (
        "numberMisscheduled",
        "The number of nodes running a daemon pod but are not supposed to.",
    ),
    "number_ready": (
        "numberReady",
        "The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and "
        "ready.",
    ),
    "number_unavailable": (
        "numberUnavailable",
        "The number of nodes that should be running the daemon pod and have none of the daemon pod running and "
        "available",
    ),
    "updated_number_scheduled": (
        "updatedNumberScheduled",
        "The total number of nodes that are running updated daemon pod",
    ),
}
_OF_JOB = {
    "active": ("active", "The number of actively running pods."),
    "failed": ("failed", "The number of pods which reached Phase Failed and the reason for failure."),
    "succeeded": ("succeeded", "The number of pods which reached Phase Succeeded."),
}

DEPLOYMENTS = KindMetrics(
    "Deployment",
    name_labels("deployment"),
    {
        **_generations("deployment", "deployment"),
        "kube_deployment_spec_replicas": ObjectMetric(
            "Number of desired pods for a deployment.", field("spec", "replicas", unset=1)
        ),
        "kube_deployment_spec_paused": ObjectMetric(
            "Whether the deployment is paused and will not be processed by the deployment controller.",
            field("spec", "paused", unset=0),
        ),
        "kube_deployment_status_condition": ObjectMetric(
            "The current status conditions of a deployment.", conditions()
        ),
        **_counts("kube_deployment_status", _OF_DEPLOYMENT),
    },
)
REPLICASETS = KindMetrics(
    "ReplicaSet",
    name_labels("replicaset"),
    {
        **_generations("replicaset", "ReplicaSet"),
        "kube_replicaset_owner": ObjectMetric("Information about the ReplicaSet's owner.", owners),
        "kube_replicaset_spec_replicas": ObjectMetric(
            "Number of desired pods for a ReplicaSet.", field("spec", "replicas", unset=1)
        ),
        **_counts("kube_replicaset_status", _OF_REPLICASET),
    },
)
STATEFULSETS = KindMetrics(
    "StatefulSet",
    name_labels("statefulset"),
    {
        **_generations("statefulset", "StatefulSet"),
        "kube_statefulset_replicas": ObjectMetric(
            "Number of desired pods for a StatefulSet.", field("spec", "replicas", unset=1)
        ),
        "kube_statefulset_status_current_revision": ObjectMetric(
            "Indicates the version of the StatefulSet used to generate Pods in the sequence [0,currentReplicas).",
            info(revision=("status", "currentRevision")),
        ),
        "kube_statefulset_status_update_revision": ObjectMetric(
            "Indicates the version of the StatefulSet used to generate Pods in the sequence "
            "[replicas-updatedReplicas,replicas)",
            info(revision=("status", "updateRevision")),
        ),
        **_counts("kube_statefulset_status", _OF_STATEFULSET),
    },
)
DAEMONSETS = KindMetrics(
    "DaemonSet",
    name_labels("daemonset"),
    {**_generations("daemonset", "daemon set"), **_counts("kube_daemonset_status", _OF_DAEMONSET)},
)
JOBS = KindMetrics(
    "Job",
    name_labels("job_name"),
    {
        "kube_job_info": ObjectMetric("Information about job.", info()),
        "kube_job_created": CREATED,
        "kube_job_owner": ObjectMetric("Information about the Job's owner.", owners),
        "kube_job_spec_completions": ObjectMetric(
            "The desired number of successfully finished pods the job should be run with.", field("spec", "completions")
        ),
        "kube_job_spec_parallelism": ObjectMetric(
            "The maximum desired number of pods the job should run at any given time.", field("spec", "parallelism")
        ),
        "kube_job_status_start_time": ObjectMetric(
            "StartTime represents time when the job was acknowledged by the Job Manager.", moment("status", "startTime")
        ),
        "kube_job_status_completion_time": ObjectMetric(
            "CompletionTime represents time when the job was completed.", moment("status", "completionTime")
        ),
        "kube_job_complete": ObjectMetric("The job has completed its execution.", _finish("Complete")),
        "kube_job_failed": ObjectMetric("The job has failed its execution.", _finish("Failed")),
        **_counts("kube_job_status", _OF_JOB),
    },
)
CRONJOBS = KindMetrics(
    "CronJob",
    name_labels("cronjob"),
    {
        "kube_cronjob_info": ObjectMetric(
            "Info about cronjob.",
            info(schedule=("spec", "schedule"), concurrency_policy=("spec", "concurrencyPolicy")),
        ),
        "kube_cronjob_created": CREATED,
        "kube_cronjob_spec_suspend": ObjectMetric(
            "Suspend flag tells the controller to suspend subsequent executions.", field("spec", "suspend", unset=0)
        ),
        "kube_cronjob_status_active": ObjectMetric(
            "Active holds pointers to currently running jobs.",
            lambda obj: [({}, float(len(at(obj, ("status", "active")) or [])))],
        ),
        "kube_cronjob_status_last_schedule_time": ObjectMetric(
            "LastScheduleTime keeps information of when was the last time the job was successfully scheduled.",
            moment("status", "lastScheduleTime"),
        ),
        "kube_cronjob_status_last_successful_time": ObjectMetric(
            "LastSuccessfulTime keeps information of when was the last time the job was completed successfully.",
            moment("status", "lastSuccessfulTime"),
        ),
    },
)
