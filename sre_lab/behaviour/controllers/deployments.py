"""The Deployment controller: one step of a rollout at a time, each triggered by what the last one caused."""

from __future__ import annotations

from sre_lab.behaviour.controllers import conditions, revisions, rolling_update, rollout_status
from sre_lab.behaviour.controllers.controller import Controller
from sre_lab.behaviour.controllers.pods import phase
from sre_lab.behaviour.ownership import owned_objects, owner_object
from sre_lab.objects.store import Obj, ObjectChange


class DeploymentController(Controller):
    kind = "Deployment"
    component = "deployment-controller"
    owns = ("ReplicaSet",)

    def on_change(self, change: ObjectChange) -> None:
        super().on_change(change)
        if change.object["kind"] == "Pod" and change.type == "DELETED":  # Recreate waits for the last old pod
            parent = owner_object(self.world.objects, change.object)
            if parent is not None:
                self.add_owner(parent)

    def sync(self, obj: Obj) -> None:
        deployment = obj
        if deployment["metadata"].get("deletionTimestamp"):
            self._sync_status(deployment)
            return
        self.adopt_orphans(deployment, "ReplicaSet")
        deployment = self._note_pause(deployment)
        if deployment["spec"].get("paused") or self._is_scaling(deployment):
            self._scale(deployment)
            self._sync_status(deployment)
        elif (deployment["spec"].get("strategy") or {}).get("type") == "Recreate":
            self._recreate(deployment)
        else:
            self._roll(deployment)

    def _roll(self, deployment: Obj) -> None:
        """One of: create or grow the new ReplicaSet, shrink old ones, clean the history; then say how it stands."""
        new, old, deployment = self._new_replica_set(deployment)
        total = rolling_update.replicas(new) + sum(map(rolling_update.replicas, old))
        size = rolling_update.new_size(deployment, rolling_update.replicas(new), total)
        if size != rolling_update.replicas(new):
            self._resize(deployment, new, size)
        else:
            shrunk = rolling_update.shrink_old(deployment, _sizes(new), [_sizes(rs) for rs in old])
            for rs in old:
                if rs["metadata"]["name"] in shrunk:
                    self._resize(deployment, rs, shrunk[rs["metadata"]["name"]])
            if not shrunk and rollout_status.is_complete(deployment, deployment.get("status") or {}):
                revisions.forget_old(self.world, deployment, old)
        self._sync_rollout(deployment)

    def _recreate(self, deployment: Obj) -> None:
        new, old = revisions.split(self.world, deployment)
        active = [rs for rs in old if rolling_update.replicas(rs)]
        for rs in active:
            self._resize(deployment, rs, 0)
        running = [pod for rs in old for pod in owned_objects(self.world.objects, "Pod", rs) if _still_there(pod)]
        if active or (running and (new is None or not rolling_update.replicas(new))):
            self._sync_rollout(deployment)
            return
        new, old, deployment = self._new_replica_set(deployment)
        if rolling_update.replicas(new) != rolling_update.replicas(deployment):
            self._resize(deployment, new, rolling_update.replicas(deployment))
        elif rollout_status.is_complete(deployment, deployment.get("status") or {}):
            revisions.forget_old(self.world, deployment, old)
        self._sync_rollout(deployment)

    def _new_replica_set(self, deployment: Obj) -> tuple[Obj, list[Obj], Obj]:
        """(the ReplicaSet of the present template, the others, the Deployment with its revision)."""
        new, old = revisions.split(self.world, deployment)
        if new is not None:
            new = revisions.take_next_revision(self.world, deployment, new, old)
            reason, text = "FoundNewReplicaSet", f'Found new replica set "{new["metadata"]["name"]}"'
            keep = conditions.find(deployment.get("status") or {}, "Progressing") is not None
        else:
            size = rolling_update.new_size(deployment, 0, sum(map(rolling_update.replicas, old)))
            new = revisions.create(self.world, deployment, old, size)
            if size:
                self._tell(deployment, f"Scaled up replica set {new['metadata']['name']} from 0 to {size}")
            reason, text = "NewReplicaSetCreated", f'Created new replica set "{new["metadata"]["name"]}"'
            keep = False
        number = str(revisions.revision(new))
        now = self.world.clock.now()

        def change(obj: Obj) -> None:
            obj["metadata"].setdefault("annotations", {})[revisions.REVISION] = number
            if not keep and rollout_status.deadline(deployment) is not None:
                status = obj.setdefault("status", {})
                conditions.set_condition(status, conditions.condition("Progressing", "True", reason, text, now))

        return new, old, self.edit(deployment, change)

    def _is_scaling(self, deployment: Obj) -> bool:
        desired = str(rolling_update.replicas(deployment))
        return any(
            rolling_update.replicas(rs) and _annotation(rs, revisions.DESIRED) not in ("", desired)
            for rs in revisions.replica_sets(self.world, deployment)
        )

    def _scale(self, deployment: Obj) -> None:
        """Bring the number of replicas in line without moving the rollout on."""
        new, old = revisions.split(self.world, deployment)
        sets = [*old, *([new] if new else [])]
        active = [rs for rs in sets if rolling_update.replicas(rs)]
        desired = rolling_update.replicas(deployment)
        if len(active) <= 1:
            target = active[0] if active else (new or (sets[-1] if sets else None))
            if target is not None:
                self._resize(deployment, target, desired)
            return
        if new is not None and _is_saturated(deployment, new):
            for rs in active:
                if rs is not new:
                    self._resize(deployment, rs, 0)
            return
        spread = rolling_update.proportional(deployment, [_sizes(rs) for rs in active])
        for rs in active:
            self._resize(deployment, rs, spread.get(rs["metadata"]["name"], rolling_update.replicas(rs)))

    def _resize(self, deployment: Obj, replica_set: Obj, size: int) -> None:
        before = rolling_update.replicas(replica_set)
        meta = replica_set["metadata"]

        def change(obj: Obj) -> None:
            obj["spec"]["replicas"] = size
            obj["metadata"].setdefault("annotations", {}).update(revisions.sizes(deployment))

        self.world.objects.edit("ReplicaSet", meta["namespace"], meta["name"], change)
        if size != before:
            direction = "up" if size > before else "down"
            self._tell(deployment, f"Scaled {direction} replica set {meta['name']} from {before} to {size}")

    def _tell(self, deployment: Obj, message: str) -> None:
        self.tell(deployment, "Normal", "ScalingReplicaSet", message)

    def _note_pause(self, deployment: Obj) -> Obj:
        progressing = conditions.find(deployment.get("status") or {}, "Progressing")
        if rollout_status.deadline(deployment) is None or (progressing or {}).get("reason") == rollout_status.TIMED_OUT:
            return deployment
        is_noted = (progressing or {}).get("reason") == "DeploymentPaused"
        paused = bool(deployment["spec"].get("paused"))
        if paused == is_noted:
            return deployment
        word = "paused" if paused else "resumed"
        new = conditions.condition(
            "Progressing", "Unknown", f"Deployment{word.title()}", f"Deployment is {word}", self.world.clock.now()
        )
        return self.edit(deployment, lambda obj: conditions.set_condition(obj.setdefault("status", {}), new))

    def _sync_status(self, deployment: Obj) -> None:
        new, old = revisions.split(self.world, deployment)
        self.put_status(deployment, rollout_status.replica_counts(deployment, new, old, self.world.clock.now()))

    def _sync_rollout(self, deployment: Obj) -> None:
        new, old = revisions.split(self.world, deployment)
        now = self.world.clock.now()
        status = rollout_status.replica_counts(deployment, new, old, now)
        deployment = self.put_status(deployment, rollout_status.with_progress(deployment, status, new, old, now))
        overdue = rollout_status.overdue_at(deployment, deployment["status"])
        if overdue is not None:
            self.add(deployment, delay=max(1.0, overdue - now))


def _sizes(replica_set: Obj) -> rolling_update.ReplicaSetSize:
    available = int((replica_set.get("status") or {}).get("availableReplicas") or 0)
    return rolling_update.ReplicaSetSize(
        replica_set["metadata"]["name"], rolling_update.replicas(replica_set), available
    )


def _annotation(obj: Obj, name: str) -> str:
    return str((obj["metadata"].get("annotations") or {}).get(name, ""))


def _is_saturated(deployment: Obj, new: Obj) -> bool:
    desired = rolling_update.replicas(deployment)
    return rolling_update.replicas(new) == desired == _sizes(new).available and _annotation(
        new, revisions.DESIRED
    ) == str(desired)


def _still_there(pod: Obj) -> bool:
    return phase(pod) not in ("Succeeded", "Failed")
