"""Pod templates compared and named: which ReplicaSet already runs this template, and how a new one is called."""

from __future__ import annotations

import json

from sre_lab.kubernetes.defaults import with_defaults
from sre_lab.objects.store import Obj

HASH_LABEL = "pod-template-hash"
ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def same_template(one: Obj, other: Obj) -> bool:
    """Equal apart from the hash label; recorded templates may lack defaults, so these are filled in before."""
    left, right = _bare(one), _bare(other)
    return left == right or _with_defaults(left) == _with_defaults(right)


def template_hash(template: Obj, collisions: int = 0) -> str:
    """FNV-1a of the template in the letters that Kubernetes uses for names."""
    text = json.dumps(_bare(template), sort_keys=True, separators=(",", ":"))
    value = 0x811C9DC5
    for byte in (text + (str(collisions) if collisions else "")).encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return "".join(ALPHABET[ord(digit) % len(ALPHABET)] for digit in str(value))


def _bare(template: Obj) -> Obj:
    """For comparison alone: what is not left out is the template's own."""
    without = {"creationTimestamp", *(() if template.get("metadata", {}).get("annotations") else ("annotations",))}
    meta = {key: value for key, value in template.get("metadata", {}).items() if key not in without}
    meta["labels"] = {k: v for k, v in (meta.get("labels") or {}).items() if k != HASH_LABEL}
    return {**template, "metadata": meta}


def _with_defaults(template: Obj) -> Obj:
    spec = {"selector": {"matchLabels": template["metadata"]["labels"]}, "template": template}
    whole = with_defaults({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "x"}, "spec": spec})
    return _bare(whole["spec"]["template"])
