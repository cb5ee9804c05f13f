"""A storage class that claims name and that is not there: made as the default one is, and taken away again.

A class holds no data: volumes that were made stay as they are when it goes. It counts for the whole cluster, so it is
made only where every claim that names it is of one namespace, which the allowlist opens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mcp_servers.contract.permits import Permit
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.client import ApiReply, ClusterConnection, Obj, StatusError
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.storage_classes import made_as, only_default, why_not_as_default
from mcp_servers.kubernetes.writes.answers import WriteLocation, refusal_error
from mcp_servers.kubernetes.writes.change import BlastRadius, Change, last_writer, refuse_no_name
from mcp_servers.kubernetes.writes.namespace_context import NamespaceContext
from mcp_servers.kubernetes.writes.numbers import numbers
from mcp_servers.kubernetes.writes.object import ObjectWrite
from mcp_servers.kubernetes.writes.other_actors import other_managers
from mcp_servers.serving.errors import TeachingError

ABSENT: Final = "absent"  # the version of a class that is not there
CLAIMS: Final = WriteLocation("PersistentVolumeClaim", "persistentvolumeclaims", "", "", group="")
NAMES: Final = 3  # of claims that are told
JSON: Final = "application/json"


@dataclass(frozen=True)
class Creation:
    """The whole object, where there is none."""

    manifest: Obj

    def request(self, before: Obj, stamp: Mapping[str, str]) -> tuple[Any, str]:
        return {**self.manifest, "metadata": {**self.manifest["metadata"], "annotations": dict(stamp)}}, JSON

    def applied(self, before: Obj) -> Obj:
        return {**self.manifest, "metadata": before["metadata"]}


@dataclass(frozen=True)
class Removal:
    """Exactly the object that was read is taken away."""

    def request(self, before: Obj, stamp: Mapping[str, str]) -> tuple[Any, str]:
        meta = before["metadata"]
        return {"preconditions": {at: meta[at] for at in ("uid", "resourceVersion")}}, JSON

    def applied(self, before: Obj) -> Obj:
        return {"kind": before["kind"], "metadata": before["metadata"]}


class CreateStorageClass(ObjectWrite):
    """A class as the default one is, under the name that claims ask for."""

    tool = "kubectl_create_storage_class"
    title = "Create a storage class"
    is_namespaced = False
    is_declared = False

    def __init__(
        self,
        cluster: ClusterConnection,
        namespace: inputs.Permitted,
        name: inputs.StorageClassName,
        withdraw: inputs.WithdrawClass = False,
    ) -> None:
        """Create the StorageClass that claims of this namespace alone name and that is missing, as the default one is.
        Only an undo sets `withdraw`, which takes away a class that this tool made; volumes stay.
        """
        refuse_no_name(namespace, "namespace")
        super().__init__(cluster, WriteLocation("StorageClass", "storageclasses", "", name, group="storage.k8s.io"))
        self._namespace, self._withdraws = namespace, withdraw

    @property
    def place(self) -> str:
        return self.prefix + self._namespace

    @property
    def aim(self) -> str:
        return f"{'take away' if self._withdraws else 'create'} {self._at.subject}"

    def change(self, reply: ApiReply) -> Change:
        arguments = {"namespace": self._namespace, "name": self._at.name}
        if self._withdraws:
            if last_writer(reply.body) is None:
                raise TeachingError("refused", self.aim, "it is not there, or this tool did not make it.")
            return Change(Removal(), {"tool": self.tool, "arguments": arguments})
        if self.version(reply.body) != ABSENT:
            raise TeachingError("bad_request", self.aim, "it is there already.")
        patch = Creation(made_as(self._model(), self._at.name))
        return Change(patch, {"tool": self.tool, "arguments": {**arguments, "withdraw": True}})

    def reach(self, before: Obj, after: Obj, change: Change, as_of: datetime) -> BlastRadius:
        beside = NamespaceContext(self._cluster, self._namespace)
        data = numbers(beside, [], [], [], as_of=as_of) | other_managers(before)
        if self._withdraws:
            sentence = f"StorageClass {self._at.name} is taken away; volumes that were made from it stay."
            return BlastRadius(sentence, beside.coverage, data)
        names = sorted(o.name(claim) for claim in self._claims())
        names_text = ", ".join(names[:NAMES]) + (f" and {len(names) - NAMES} more" if len(names) > NAMES else "")
        sentence = (
            f"Makes StorageClass {self._at.name} in the whole cluster, with provisioner {after.get('provisioner')} as"
            f" the default one; volumes are made for {names_text} in namespace {self._namespace}. What its name may"
            " promise beside that (encryption, speed, retention) they do not have."
        )
        return BlastRadius(sentence, beside.coverage, data)

    def version(self, body: Obj) -> str:
        return str(body["metadata"].get("resourceVersion") or ABSENT)

    def _read(self, verb: str) -> ApiReply:
        """A class that is not there is an object without a uid."""
        try:
            return super()._read(verb)
        except TeachingError as problem:
            if problem.kind != "not_found":
                raise
        return ApiReply(self._nothing(), self._cluster.now())

    def _patch(self, before: Obj, change: Change, permit: Permit | None) -> ApiReply | None:
        body, _ = change.patch.request(before, self.stamp(permit))
        try:
            if not self._withdraws:
                return self._cluster.create(self._at.collection, body, dry_run=permit is None)
            reply = self._cluster.delete(self._at.path, body, dry_run=permit is None)
        except StatusError as problem:
            if problem.status == 409:  # it is there meanwhile, or is another one
                return None
            raise
        return ApiReply(self._nothing(), reply.at)

    def _nothing(self) -> Obj:
        return {"kind": self._at.kind, "metadata": {"name": self._at.name, "uid": ""}}

    def _model(self) -> Obj:
        """The default class. TeachingError where nothing says that it is meant, or that it would serve."""
        classes, claims = self._list(self._at), self._claims()
        default, why = only_default(classes), why_not_as_default(self._at.name, classes, claims)
        if default is None or why:
            raise TeachingError("refused", self.aim, why, "A person has to say how it is made.")
        if elsewhere := sorted({str(o.meta(one)["namespace"]) for one in claims} - {self._namespace}):
            wrong = f"claims of other namespaces name it too: {', '.join(elsewhere[:NAMES])}."
            raise TeachingError("refused", self.aim, wrong, "A person has to make it.")
        if not claims:
            raise TeachingError("refused", self.aim, "no claim names it.")
        return default

    def _claims(self) -> list[Obj]:
        """Of all namespaces, those that name it."""
        return [one for one in self._list(CLAIMS) if o.spec(one).get("storageClassName") == self._at.name]

    def _list(self, place: WriteLocation) -> list[Obj]:
        try:
            items: list[Obj] = self._cluster.list(place.collection).body["items"]
        except StatusError as problem:
            raise refusal_error(problem, "list", place) from problem
        return items
