"""The selector and the labels by which a Job knows its pods; the API server makes them up where nobody says them."""

from __future__ import annotations

import copy
import uuid
from random import Random
from typing import Any

Obj = dict[str, Any]


def with_selector(job: Obj, random: Random) -> Obj:
    """`job` with a uid, and with the selector and labels that carry it. Unchanged where it has a selector already."""
    if job["spec"].get("selector"):
        return job
    new = copy.deepcopy(job)
    new["metadata"].setdefault("uid", str(uuid.UUID(int=random.getrandbits(128), version=4)))
    mark(new)
    return new


def mark(job: Obj) -> None:
    """Write selector and labels into a job that has its name and uid."""
    uid, name = job["metadata"]["uid"], job["metadata"]["name"]
    labels = {
        "batch.kubernetes.io/controller-uid": uid,
        "batch.kubernetes.io/job-name": name,
        "controller-uid": uid,
        "job-name": name,
    }
    job["spec"]["selector"] = {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    job["metadata"]["labels"] = {**(job["metadata"].get("labels") or {}), **labels}
    meta = job["spec"]["template"].setdefault("metadata", {})
    meta["labels"] = {**(meta.get("labels") or {}), **labels}
