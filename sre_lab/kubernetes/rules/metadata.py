"""Names, labels, annotations, owners and finalizers: the metadata that every object has."""

from __future__ import annotations

from collections.abc import Callable

from sre_lab.kubernetes.kinds import of_kind
from sre_lab.kubernetes.rules import forms, go, labels
from sre_lab.kubernetes.rules.shapes import Causes, Obj, check_form, items, text, texts
from sre_lab.kubernetes.statuses import forbidden_value, invalid_value, required_value

_NAMES: dict[str, Callable[[str], forms.Problems]] = {
    "Namespace": forms.label,
    "StatefulSet": forms.label,
    "Service": forms.service_name,
    "Role": forms.path_segment,
    "ClusterRole": forms.path_segment,
    "RoleBinding": forms.path_segment,
    "ClusterRoleBinding": forms.path_segment,
}
_STANDARD_FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")
_OWNER_FIELDS = (("apiVersion", "version"), ("kind", "kind"), ("name", "name"), ("uid", "uid"))
CRON_JOB_NAME = 52  # a Job's name appends eleven characters to it, and has to stay a label


def new_metadata(obj: Obj) -> Causes:
    """What is wrong with the metadata of a new object."""
    meta, kind = obj["metadata"], obj["kind"]
    form = _NAMES.get(kind, forms.subdomain)
    prefix = text(meta, "generateName")
    if prefix:
        for problem in form(f"{prefix[:-2]}a" if len(prefix) > 1 and prefix.endswith("-") else prefix):
            yield invalid_value("metadata.generateName", prefix, problem)
    name = text(meta, "name")
    if name:
        yield from check_form(name, "metadata.name", form)
    elif not prefix:
        yield required_value("metadata.name", "name or generateName is required")
    if of_kind(kind).namespaced and not meta.get("namespace"):
        yield required_value("metadata.namespace")
    yield from _contents(meta)
    for place, finalizer in enumerate(texts(meta, "finalizers")):
        yield from _finalizer(finalizer, place)
    if kind == "CronJob" and len(name) > CRON_JOB_NAME:
        yield invalid_value("metadata.name", name, f"must be no more than {CRON_JOB_NAME} characters")


def metadata_change(obj: Obj, old: Obj) -> Causes:
    """What is wrong with the metadata of an object that takes the place of `old`: its name cannot change any more."""
    meta, before = obj["metadata"], texts(old["metadata"], "finalizers")
    yield from _contents(meta)
    added = [f for f in texts(meta, "finalizers") if f not in before]
    if added and old["metadata"].get("deletionTimestamp"):
        text_ = (
            f"no new finalizers can be added if the object is being deleted, found new finalizers {go.strings(added)}"
        )
        yield forbidden_value("metadata.finalizers", text_)
    for place, finalizer in enumerate(texts(meta, "finalizers")):
        if finalizer in added:
            yield from _finalizer(finalizer, place)


def _contents(meta: Obj) -> Causes:
    yield from labels.labels(meta.get("labels"), "metadata.labels")
    yield from labels.check_annotations(meta.get("annotations"), "metadata.annotations")
    for _, owner in items(meta, "ownerReferences"):
        for field, word in _OWNER_FIELDS:
            if not owner.get(field):
                yield invalid_value(
                    f"metadata.ownerReferences.{field}", owner.get(field, ""), f"{word} must not be empty"
                )


def _finalizer(name: str, place: int) -> Causes:
    yield from check_form(name, "metadata.finalizers", forms.qualified_name)
    if "/" not in name and name not in _STANDARD_FINALIZERS:
        detail = "name is neither a standard finalizer name nor is it fully qualified"
        yield invalid_value(f"metadata.finalizers[{place}]", name, detail)
