"""The controllers of the lab's cluster: each makes one kind of promise true, and reacts to changes only."""

from __future__ import annotations

from sre_lab.behaviour.controllers.api_services import ApiServices
from sre_lab.behaviour.controllers.autoscaling import Autoscalers
from sre_lab.behaviour.controllers.claims import VolumeClaims, Volumes
from sre_lab.behaviour.controllers.cronjobs import CronJobs
from sre_lab.behaviour.controllers.daemonsets import DaemonSets
from sre_lab.behaviour.controllers.deployments import Deployments
from sre_lab.behaviour.controllers.disruption import DisruptionBudgets
from sre_lab.behaviour.controllers.endpoints import Endpoints
from sre_lab.behaviour.controllers.garbage import GarbageCollector
from sre_lab.behaviour.controllers.jobs import Jobs
from sre_lab.behaviour.controllers.lost_pods import LostPods
from sre_lab.behaviour.controllers.namespaces import Namespaces
from sre_lab.behaviour.controllers.node_lifecycle import NodeLifecycle
from sre_lab.behaviour.controllers.quotas import Quotas
from sre_lab.behaviour.controllers.replicasets import ReplicaSets
from sre_lab.behaviour.controllers.scheduler import Scheduler
from sre_lab.behaviour.controllers.statefulsets import StatefulSets
from sre_lab.behaviour.controllers.taint_eviction import TaintEviction
from sre_lab.world import World


def start(world: World) -> None:
    """Let every controller work on `world` from now on; call it once for a world."""
    for controller in (
        Namespaces,
        GarbageCollector,
        Deployments,
        ReplicaSets,
        StatefulSets,
        DaemonSets,
        Jobs,
        CronJobs,
        VolumeClaims,
        Volumes,
        Scheduler,
        Endpoints,
        DisruptionBudgets,
        Quotas,
        Autoscalers,
        ApiServices,
        NodeLifecycle,
        TaintEviction,
        LostPods,
    ):
        controller(world)
