"""The controllers of the lab's cluster: each makes one kind of promise true, and reacts to changes only."""

from __future__ import annotations

from sre_lab.behaviour.controllers.api_services import ApiServiceController
from sre_lab.behaviour.controllers.autoscaling import AutoscalerController
from sre_lab.behaviour.controllers.claims import VolumeClaimController, VolumeController
from sre_lab.behaviour.controllers.cronjobs import CronJobController
from sre_lab.behaviour.controllers.daemonsets import DaemonSetController
from sre_lab.behaviour.controllers.deployments import DeploymentController
from sre_lab.behaviour.controllers.disruption import DisruptionController
from sre_lab.behaviour.controllers.endpoints import EndpointsController
from sre_lab.behaviour.controllers.garbage_collector import GarbageCollector
from sre_lab.behaviour.controllers.jobs import JobController
from sre_lab.behaviour.controllers.namespaces import NamespaceController
from sre_lab.behaviour.controllers.node_lifecycle import NodeLifecycleController
from sre_lab.behaviour.controllers.pod_garbage_collector import PodGarbageCollector
from sre_lab.behaviour.controllers.quotas import QuotaController
from sre_lab.behaviour.controllers.replicasets import ReplicaSetController
from sre_lab.behaviour.controllers.scheduler import Scheduler
from sre_lab.behaviour.controllers.statefulsets import StatefulSetController
from sre_lab.behaviour.controllers.taint_eviction import TaintEvictionController
from sre_lab.world import World


def start(world: World) -> None:
    """Let every controller work on `world` from now on; call it once for a world."""
    for controller in (
        NamespaceController,
        GarbageCollector,
        DeploymentController,
        ReplicaSetController,
        StatefulSetController,
        DaemonSetController,
        JobController,
        CronJobController,
        VolumeClaimController,
        VolumeController,
        Scheduler,
        EndpointsController,
        DisruptionController,
        QuotaController,
        AutoscalerController,
        ApiServiceController,
        NodeLifecycleController,
        TaintEvictionController,
        PodGarbageCollector,
    ):
        controller(world)
