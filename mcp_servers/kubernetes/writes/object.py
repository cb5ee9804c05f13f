"""What all writes share: read the object, prove that it is the one allowed, patch it, stamp it, tell what came.

A patch carries the version just read, so nothing that somebody else changed in between is overwritten. The status may
move meanwhile (resourceVersion does, generation does not): then it is read again and tried again. An object of a kind
that has no generation, as a Service, counts as changed whenever its resourceVersion moved.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any, ClassVar, Final

from mcp_servers.contract.blast_radius import COMPUTED
from mcp_servers.contract.calls import digest
from mcp_servers.contract.facts import Answer
from mcp_servers.contract.field_changes import field_changes
from mcp_servers.contract.gitops_owner import CHANGES, OWNER, GitOpsOwner
from mcp_servers.contract.permits import ANNOTATION, WRITER, Permit, Target, Writer
from mcp_servers.kubernetes.connection.client import ApiReply, ClusterConnection, Obj, StatusError
from mcp_servers.kubernetes.snapshot.foreign_text import mark
from mcp_servers.kubernetes.writes.answers import IN_DOUBT, WriteLocation, absent, is_refusal, refusal_error
from mcp_servers.kubernetes.writes.change import (
    BlastRadius,
    Change,
    declared_fields,
    last_writer,
    refuse_no_name,
    specification,
    without_empty,
)
from mcp_servers.kubernetes.writes.diffs import spec_diff, spec_digest
from mcp_servers.kubernetes.writes.gitops_owners import gitops_owner
from mcp_servers.serving.errors import TeachingError
from mcp_servers.writing.guard import NotExecutedError

UNTRIED: Final = "Computed from what is read: these credentials may not try the change, so nothing has validated it."
ATTEMPTS: Final = 4  # the first and three more


class ObjectWrite(ABC):
    """One write on one object. Nothing is asked of the cluster before a method is called.

    `cluster_argument` is the cluster that the call named, which its undo names as well; `prefix` what stands before the
    namespace on the allowlist. `may_compute`: where this identity may not even try the patch, the preview is computed
    from what it reads, and says so; whoever may write has it tried by the API server.
    """

    tool: ClassVar[str]
    title: ClassVar[str]
    from_preview: ClassVar[tuple[str, ...]] = ()  # arguments that only a preview can name
    not_its_own: ClassVar[tuple[str, ...]] = ("replicas",)  # fields of the spec that others move meanwhile
    is_namespaced: ClassVar[bool] = True
    is_declared: ClassVar[bool] = True  # whether a source of the object says what is written here
    cluster_argument: str = ""
    prefix: str = ""
    may_compute: bool = False

    def __init__(self, cluster: ClusterConnection, place: WriteLocation) -> None:
        if self.is_namespaced:
            refuse_no_name(place.namespace, "namespace")
        refuse_no_name(place.name, place.kind)
        self._cluster = cluster
        self._at = place

    @property
    def repeatable(self) -> bool:
        """Every patch names the version it was allowed on, so one that comes late finds another and does nothing."""
        return True

    @property
    def place(self) -> str:
        return self.prefix + self._at.namespace

    @property
    @abstractmethod
    def aim(self) -> str:
        """What is to be done, as "scale Deployment/shop/web to 3"."""

    @abstractmethod
    def change(self, reply: ApiReply) -> Change:
        """The write on the object as just read. Raises TeachingError where it cannot be meant."""

    @abstractmethod
    def reach(self, before: Obj, after: Obj, change: Change, as_of: datetime) -> BlastRadius:
        """How far it goes. Raises TeachingError where that forbids it."""

    def target(self) -> Target:
        return self._target(self._read("get").body)

    def preview(self) -> Answer:
        return self._preview_answer(*self._dry_run())

    def diff_digest(self) -> str:
        before, _, after, _ = self._dry_run()
        return self._digest(before, after.body)

    def without_moment(self, after: Obj) -> Obj:
        """What a dry run gives, without what is another at each moment that it is made."""
        return after

    def diff(self, before: Obj, after: Obj) -> tuple[list[str], int]:
        """What it would change, as lines, and how many lines were left out."""
        return spec_diff(before, after)

    def _digest(self, before: Obj, after: Obj) -> str:
        return spec_digest(before, self.without_moment(after))

    def _dry_run(self) -> tuple[Obj, Change, ApiReply, bool]:
        """The object, the change on it, what the API server would make of it, and whether that is only computed."""
        for _ in range(ATTEMPTS):
            reply = self._read("get")
            change = self.change(reply)
            try:
                after = self._patch(reply.body, change, None)
            except StatusError as problem:
                if problem.status != 403 or not self.may_compute:
                    raise refusal_error(problem, "patch", self._at) from problem
                return reply.body, change, ApiReply(change.patch.applied(reply.body), reply.at), True
            if after is not None:
                return reply.body, change, after, False
        raise TeachingError("failed", self.aim, "the object changed each time it was read.", "Retry in a moment.")

    def execute(self, permit: Permit) -> Answer:
        for _ in range(ATTEMPTS):
            reply, change = self._still_as(permit)
            try:
                after = self._patch(reply.body, change, permit)
            except StatusError as problem:
                if is_refusal(problem):
                    raise NotExecutedError(
                        f"Nothing was changed. {refusal_error(problem, 'patch', self._at)}"
                    ) from problem
                return self._resolve_doubt(refusal_error(problem, "patch", self._at), permit)
            except TeachingError as problem:
                return self._resolve_doubt(problem, permit)
            if after is not None:
                return self._answer(after, change)
        raise NotExecutedError(f"Nothing was changed: {self._at.subject} changed at each of {ATTEMPTS} reads.")

    def along(self, permit: Permit) -> None:
        """Make the change along with that of another object, under its permit. StatusError or TeachingError where it
        was not made."""
        for _ in range(ATTEMPTS):
            reply = self._read("get")
            if self._patch(reply.body, self.change(reply), permit) is not None:
                return
        raise TeachingError("failed", self.aim, "the object changed each time it was read.", "Do it by hand.")

    def traces(self, permit: Permit) -> Answer | None:
        try:
            reply = self._cluster.get(self._at.path)
        except StatusError as problem:
            if problem.status == 404:
                return None
            raise refusal_error(problem, "get", self._at) from problem
        if (reply.body["metadata"].get("annotations") or {}).get(ANNOTATION) != permit.id:
            return None
        text = f"{self._at.subject} already carries this permit: the write was made. {self._version_now(reply.body)}"
        return Answer(
            text=text, as_of=reply.at, data={"subject": self._at.subject, "version": self.version(reply.body)}
        )

    def stamp(self, permit: Permit | None) -> dict[str, str]:
        """Annotations that say which permit and incident wrote; none of a dry run."""
        if permit is None:
            return {}
        return {ANNOTATION: permit.id, WRITER: Writer(incident=permit.incident, at=self._cluster.now()).mark}

    def _owner(self, live: Obj) -> GitOpsOwner | None:
        """Who else declares what this writes; None where nobody does, or where it is in no declaration."""
        return gitops_owner(live) if self.is_declared else None

    def _still_as(self, permit: Permit) -> tuple[ApiReply, Change]:
        """The object, when it is still the version that was allowed, and the change on it. Nothing was sent yet."""
        try:
            reply = self._read("get")
            live = self._target(reply.body)
            if live != permit.target:
                detail = f"version {permit.target.version} was permitted, the current version is {live.version}"
                raise NotExecutedError(f"Nothing was changed: {self._at.subject} changed in the meantime ({detail}).")
            if (owner := self._owner(reply.body)) is not None:
                raise NotExecutedError(f"Nothing was changed: {self._at.subject} is managed by {owner}.")
            return reply, self.change(reply)
        except TeachingError as problem:
            raise NotExecutedError(f"Nothing was changed. {problem}") from problem

    def _patch(self, before: Obj, change: Change, permit: Permit | None) -> ApiReply | None:
        """The answer of the API server, None when the object was changed since it was read; without a permit of a dry
        run. Raises StatusError."""
        body, content_type = change.patch.request(before, self.stamp(permit))
        try:
            return self._cluster.patch(self._at.path, body, content_type, dry_run=permit is None)
        except StatusError as problem:
            # a JSON patch whose test fails is answered by 422, as is an object that is invalid
            if problem.status == 409 or (problem.status == 422 and self._has_moved(before)):
                return None
            raise

    def _has_moved(self, before: Obj) -> bool:
        try:
            live = self._cluster.get(self._at.path).body
        except (StatusError, TeachingError):
            return False
        return bool(live["metadata"]["resourceVersion"] != before["metadata"]["resourceVersion"])

    def _resolve_doubt(self, problem: TeachingError, permit: Permit) -> Answer:
        """The answer was lost: the live object may tell that it was done after all; else it stays in doubt."""
        try:
            answer = self.traces(permit)
        except TeachingError:
            answer = None
        if answer is None:
            raise TeachingError("failed", self.aim, str(problem), IN_DOUBT) from problem
        return answer

    def _answer(self, after: ApiReply, change: Change) -> Answer:
        data = {"subject": self._at.subject, "version": self.version(after.body), "undo": self._undo(change)}
        return Answer(text=f"Done: {self.aim}. {self._version_now(after.body)}", as_of=after.at, data=data)

    def _preview_answer(self, before: Obj, change: Change, after: ApiReply, is_computed: bool) -> Answer:
        reach = self.reach(before, after.body, change, after.at)
        diff, left_out = self.diff(before, after.body)
        blast_radius = (
            reach.sentence
            if specification(after.body) != specification(before)
            else f"Nothing would change: {self._at.subject} is already in that state."
        )
        diff_lines, _ = self.diff(mark(before), mark(after.body))  # as diff, with the annotations between marks
        undo, owner = self._undo(change), self._owner(before)
        undo_text = f"Undo: {undo['tool']} {undo['arguments']}" if undo else f"No undo: {change.no_undo}"
        data = {
            "diff": diff,
            "diff_digest": self._digest(before, after.body),
            "blast_radius": blast_radius,
            "mutating": True,
            "undo": undo,
            "target": self._target(before).model_dump(),
            "last_writer": last_writer(before),
            "state": self._state(before),
            COMPUTED: is_computed,
            OWNER: owner.model_dump(mode="json") if owner else None,
            CHANGES: [
                one.model_dump(mode="json")
                for one in field_changes(declared_fields(before), declared_fields(after.body))
            ]
            if owner
            else [],
            **({"arguments": self._on_cluster(change.arguments)} if change.arguments else {}),
            **reach.data,
        }
        headline = f"Would {self.aim}. {blast_radius}"
        return Answer(
            text="\n".join([headline, "```diff", *diff_lines, "```", undo_text, *[UNTRIED] * is_computed]),
            as_of=after.at,
            data=data,
            coverage=reach.coverage,
            left_out={"diff_lines": left_out} if left_out else {},
        )

    def _undo(self, change: Change) -> dict[str, Any] | None:
        """The call that restores what was there, on the same cluster."""
        if change.undo is None:
            return None
        return {**change.undo, "arguments": self._on_cluster(change.undo["arguments"])}

    def _on_cluster(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {**arguments, "cluster": self.cluster_argument} if self.cluster_argument else arguments

    def _read(self, verb: str) -> ApiReply:
        try:
            reply = self._cluster.get(self._at.path)
        except StatusError as problem:
            if problem.status == 404:
                raise absent(self._cluster, self._at) from problem
            raise refusal_error(problem, verb, self._at) from problem
        return ApiReply({"kind": self._at.kind, **reply.body}, reply.at)

    def _state(self, before: Obj) -> str:
        """A digest of the spec as it is, by which whoever undoes a write sees that all of it is back."""
        spec = {name: value for name, value in specification(before).items() if name not in self.not_its_own}
        return digest("spec", {"spec": without_empty(spec)})

    def _target(self, before: Obj) -> Target:
        return Target(subject=self._at.subject, uid=before["metadata"]["uid"], version=self.version(before))

    def version(self, body: Obj) -> str:
        """What a permit is bound to: another one once somebody has changed what is wanted."""
        return str(body["metadata"].get("generation") or body["metadata"]["resourceVersion"])

    def _version_now(self, body: Obj) -> str:
        which = "generation" if body["metadata"].get("generation") else "version"
        return f"Its {which} is {self.version(body)} now."
