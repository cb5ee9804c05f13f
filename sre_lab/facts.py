"""The facts of a scenario, put into a world: the cluster, its manifests, and what goes wrong in it.

No fact is a status. Objects go through the same creation path as a client's, and a fault changes a manifest, the
behaviour of an image, a dependency or the traffic; everything else follows.
"""

from __future__ import annotations

from sre_lab import addons
from sre_lab.behaviour.controllers.namespaces import SYSTEM, create_namespace
from sre_lab.behaviour.nodes import change_facts, create_nodes
from sre_lab.clock import rfc3339
from sre_lab.kubernetes import changes, deletion
from sre_lab.kubernetes.api_services import local_services
from sre_lab.kubernetes.default_roles import default_roles
from sre_lab.kubernetes.defaults import with_defaults
from sre_lab.kubernetes.patches import strategic_merge
from sre_lab.kubernetes.priority_classes import system_classes
from sre_lab.kubernetes.server_side_apply import fields_after_edit
from sre_lab.objects.store import NotFoundError, Obj
from sre_lab.scenario import Dependency, Fault, ScenarioError
from sre_lab.world import World

CLUSTER_AGE_SECONDS = 90 * 86400.0  # nodes and namespaces are older than any history that is simulated
EDITOR = "kubectl-edit"  # whose hand a patch of a fault is


def create_cluster(world: World) -> None:
    """Nodes, the system's namespaces and roles, and the API's own Service, all long there."""
    since = world.clock.now() - CLUSTER_AGE_SECONDS
    for name in SYSTEM:
        create_namespace(world, name, since=since)
    create_nodes(world, since=since)
    for role in default_roles():
        role["metadata"]["creationTimestamp"] = rfc3339(since)
        changes.apply(world, role)
    for obj in (*local_services(rfc3339(since)), *system_classes(rfc3339(since))):
        changes.apply(world, obj)
    if world.cluster.metrics_server and world.cluster.machines:
        _install(world, "metrics-server", since)
    meta = {
        "name": "kubernetes",
        "namespace": "default",
        "creationTimestamp": rfc3339(since),
        "labels": {"component": "apiserver", "provider": "kubernetes"},
    }
    ports = [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}]
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": meta,
        "spec": {"clusterIP": "10.96.0.1", "ports": ports},
    }
    changes.apply(world, service)


def _install(world: World, name: str, since: float) -> None:
    """An addon that has been there since then; its pods are as old as the simulated history."""
    addon = addons.load(name)
    world.images.update(addon.images)
    for manifest in addon.manifests:
        meta = {**manifest["metadata"], "creationTimestamp": rfc3339(since)}
        changes.apply(world, {**manifest, "metadata": meta})


def apply_manifests(world: World, manifests: list[Obj]) -> None:
    """Create every object of the manifests, and first the namespaces that they live in."""
    namespaces = {m["metadata"].get("namespace", "default") for m in manifests if m["kind"] != "Namespace"}
    names = {m["metadata"]["name"] for m in manifests if m["kind"] == "Namespace"}
    for name in sorted(namespaces - names):
        if world.objects.get("Namespace", "", name) is None:
            create_namespace(world, name, since=world.clock.now())
    for manifest in sorted(manifests, key=lambda m: m["kind"] != "Namespace"):
        try:
            changes.apply(world, manifest)
        except LookupError as problem:
            raise ScenarioError(f"A manifest cannot be applied: {problem}. The manifest: {manifest}") from problem


def inject_fault(world: World, fault: Fault) -> None:
    """Let a fault happen now. ScenarioError when what it changes does not exist."""
    if fault.patch is not None:
        _patch(world, fault.patch)
    apply_manifests(world, fault.apply)
    if fault.delete is not None:
        try:
            deletion.delete(world, fault.delete["kind"], fault.delete.get("namespace", ""), fault.delete["name"])
        except NotFoundError as problem:
            raise ScenarioError(
                f"The fault at {fault.at:g}s deletes an object that does not exist: {problem}"
            ) from problem
    world.images.update(fault.image)
    for name, change in fault.dependency.items():
        if name not in world.dependencies:
            raise ScenarioError(
                f"The fault at {fault.at:g}s names an unknown dependency {name!r}; {_list_names(world.dependencies)}"
            )
        changed = change if isinstance(change, dict) else {"up": change}
        world.dependencies[name] = Dependency.model_validate({**world.dependencies[name].model_dump(), **changed})
    for name, facts in fault.node.items():
        change_facts(world, name, facts)
    for service, rate in fault.rate.items():
        keys = [key for key in world.traffic if service in (key[1], "/".join(key))]
        if not keys:
            raise ScenarioError(
                f"The fault at {fault.at:g}s names an unknown Service {service!r}; {_list_names(world.traffic)}"
            )
        for key in keys:
            world.traffic[key] = world.traffic[key].model_copy(update={"rate": rate})


def _patch(world: World, patch: Obj) -> None:
    kind, namespace, name = patch["kind"], patch.get("namespace", ""), patch["name"]
    old = world.objects.get(kind, namespace, name)
    if old is None:
        raise ScenarioError(f"A fault patches {kind} {namespace}/{name}, which does not exist at that time")
    new = with_defaults(strategic_merge(kind, old, patch["patch"]))
    fields = fields_after_edit(old, new, patch["patch"], EDITOR, rfc3339(world.clock.now()))
    meta = {**new["metadata"]} | ({"managedFields": fields} if fields else {})
    world.objects.replace({**new, "metadata": meta})


def _list_names(names: object) -> str:
    keys = sorted("/".join(n) if isinstance(n, tuple) else str(n) for n in names) if isinstance(names, dict) else []
    return f"known are: {', '.join(keys) or 'none'}"
