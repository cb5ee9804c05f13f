"""A patch in any of its forms, applied as the API server does: read, merged, and the outcome read again as its kind."""

from __future__ import annotations

from typing import Any

from sre_lab.kubernetes import bodies, field_validation, patches, scalars
from sre_lab.kubernetes.requests import ApiRequest
from sre_lab.kubernetes.statuses import ApiStatusError, bad_request, unsupported_media_type
from sre_lab.objects.store import Obj

JSON_PATCH, MERGE, STRATEGIC = (
    f"application/{form}+json" for form in ("json-patch", "merge-patch", "strategic-merge-patch")
)
_MAP = "map[string]interface {}"
_DECODING = "error decoding patch: "


def apply_patch(call: ApiRequest, base: Obj, content: bytes, media: str) -> Obj:
    """`base` with a patch applied; ApiStatusError 400, 415 or 422, or 500 as the real server answers."""
    if media not in (JSON_PATCH, MERGE, STRATEGIC):
        raise unsupported_media_type()
    strategic = media == STRATEGIC
    opening = "" if strategic else _DECODING
    change, twice = bodies.parse_patch(content, opening)
    problem = _misshapen(change, media)
    if problem:
        raise bad_request(f"{opening}json: cannot unmarshal {problem}")
    try:
        new = _outcome(call.resource.kind, base, change, media)
    except patches.PatchError as misfit:
        if strategic:
            raise ApiStatusError(500, "", str(misfit)) from None
        # The server keeps to itself what does not fit.
        raise ApiStatusError(
            422, "Invalid", "the server rejected our request due to an error in our request", {}
        ) from None
    return field_validation.check_patched(call, base, new, change, twice, strategic=strategic)


def _misshapen(change: Any, media: str) -> str:
    """What stands where the patch or one of its operations belongs, in Go's words; empty when all is in place."""
    if media != JSON_PATCH:
        return "" if isinstance(change, dict) else f"{scalars.json_kind(change)} into Go value of type {_MAP}"
    if not isinstance(change, list):
        return f"{scalars.json_kind(change)} into Go value of type []handlers.jsonPatchOp"
    for operation in change:
        if not isinstance(operation, dict):
            return f"{scalars.json_kind(operation)} into Go value of type handlers.jsonPatchOp"
        for field in ("op", "path", "from"):
            if not isinstance(operation.get(field, ""), str):
                json_kind = scalars.json_kind(operation[field])
                return f"{json_kind} into Go struct field jsonPatchOp.{field} of type string"
    return ""


def _outcome(kind: str, base: Obj, change: Any, media: str) -> Obj:
    if media == JSON_PATCH:
        return patches.json_patch(base, change)
    if media == STRATEGIC:
        return patches.strategic_merge(kind, base, change)
    merged: Obj = patches.merge_patch(base, change)
    return merged
