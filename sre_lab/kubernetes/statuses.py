"""The `Status` objects in which the API reports an error, with the texts of the real server.

`ApiStatusError` carries one through the layers; the edge of the app turns it into a response.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sre_lab.kubernetes.kinds import ApiResource

Obj = dict[str, Any]


class ApiStatusError(Exception):
    """An error answer: HTTP code, reason, message, and details where the real server gives some."""

    def __init__(self, code: int, reason: str, message: str, details: Obj | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.status: Obj = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
        }
        if reason:
            self.status["reason"] = reason
        if details is not None:
            self.status["details"] = details
        self.status["code"] = code


@dataclass(frozen=True)
class StatusCause:
    """One field that is wrong."""

    field: str
    reason: str
    message: str


class GoText(str):
    """A value that is already written as the API shows it, and gets no quotes."""


def required_value(field: str, detail: str = "") -> StatusCause:
    return StatusCause(field, "FieldValueRequired", "Required value" + (f": {detail}" if detail else ""))


def invalid_value(field: str, value: object, detail: str) -> StatusCause:
    return StatusCause(field, "FieldValueInvalid", f"Invalid value: {_value_text(value)}: {detail}")


def forbidden_value(field: str, detail: str) -> StatusCause:
    return StatusCause(field, "FieldValueForbidden", f"Forbidden: {detail}")


def unsupported_value(field: str, value: object, choices: Sequence[str]) -> StatusCause:
    values = ", ".join(f'"{s}"' for s in choices)
    return StatusCause(
        field, "FieldValueNotSupported", f"Unsupported value: {_value_text(value)}: supported values: {values}"
    )


def duplicate_value(field: str, value: object) -> StatusCause:
    return StatusCause(field, "FieldValueDuplicate", f"Duplicate value: {_value_text(value)}")


def too_long(field: str, most: int) -> StatusCause:
    """Of a text or a whole object with more than `most` bytes."""
    return StatusCause(field, "FieldValueTooLong", f"Too long: may not be more than {most} bytes")


def value_not_found(field: str, value: object) -> StatusCause:
    return StatusCause(field, "FieldValueNotFound", f"Not found: {_value_text(value)}")


def _value_text(value: object) -> str:
    if isinstance(value, GoText):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


def details(resource: ApiResource, name: str = "", **more: Any) -> Obj:
    details: Obj = {"name": name} if name else {}
    if resource.group:
        details["group"] = resource.group
    return details | {"kind": resource.plural} | more


def not_found(resource: ApiResource, name: str) -> ApiStatusError:
    return ApiStatusError(404, "NotFound", f'{resource.qualified} "{name}" not found', details(resource, name))


def no_such_resource() -> ApiStatusError:
    return ApiStatusError(404, "NotFound", "the server could not find the requested resource", {})


def method_not_allowed() -> ApiStatusError:
    return ApiStatusError(
        405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {}
    )


def already_exists(resource: ApiResource, name: str) -> ApiStatusError:
    return ApiStatusError(
        409, "AlreadyExists", f'{resource.qualified} "{name}" already exists', details(resource, name)
    )


MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


def conflict(resource: ApiResource, name: str, why: str = MODIFIED) -> ApiStatusError:
    text = f'Operation cannot be fulfilled on {resource.qualified} "{name}": {why}'
    return ApiStatusError(409, "Conflict", text, details(resource, name))


def apply_conflict(fields: Sequence[tuple[str, str]]) -> ApiStatusError:
    """Of a server-side apply: (manager, field) of each field that somebody else owns."""
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {manager}", "field": field}
        for manager, field in fields
    ]
    word = "conflict" if len(fields) == 1 else "conflicts"
    if len(fields) == 1:
        conflicts = f"conflict with {fields[0][0]}: {fields[0][1]}"
    else:
        by = dict.fromkeys(manager for manager, _ in fields)
        conflicts = "\n".join(
            f"conflicts with {manager}:\n" + "\n".join(f"- {f}" for m, f in fields if m == manager) for manager in by
        )
    return ApiStatusError(409, "Conflict", f"Apply failed with {len(fields)} {word}: {conflicts}", {"causes": causes})


def invalid(resource: ApiResource, name: str, causes: Sequence[StatusCause]) -> ApiStatusError:
    info: Obj = {"name": name} if name else {}
    if resource.group:
        info["group"] = resource.group
    info["kind"] = resource.kind
    return _invalid(f'{resource.qualified_kind} "{name}"', info, causes)


def invalid_options(kind: str, causes: Sequence[StatusCause]) -> ApiStatusError:
    """The query of a request is wrong: `PatchOptions.meta.k8s.io "" is invalid: …`."""
    return _invalid(f'{kind}.meta.k8s.io ""', {"group": "meta.k8s.io", "kind": kind}, causes)


def invalid_patch(patch_text: str, detail: str) -> ApiStatusError:
    quoted = json.dumps(patch_text, ensure_ascii=False)
    return _invalid(' ""', {}, [StatusCause("patch", "FieldValueInvalid", f"Invalid value: {quoted}: {detail}")])


def _invalid(what: str, info: Obj, causes: Sequence[StatusCause]) -> ApiStatusError:
    texts = list(dict.fromkeys(f"{c.field}: {c.message}" for c in causes))
    text = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    info["causes"] = [{"reason": c.reason, "message": c.message, "field": c.field} for c in causes]
    return ApiStatusError(422, "Invalid", f"{what} is invalid: {text}", info)


def bad_request(message: str) -> ApiStatusError:
    return ApiStatusError(400, "BadRequest", message)


def resource_expired(message: str) -> ApiStatusError:
    return ApiStatusError(410, "Expired", message)


def not_acceptable() -> ApiStatusError:
    text = "application/json, application/yaml, application/json;stream=watch"
    return ApiStatusError(406, "NotAcceptable", f"406: Not Acceptable\n\nAvailable representations: {text}", {})


def unsupported_media_type(text: str = "415: Unsupported Media Type") -> ApiStatusError:
    return ApiStatusError(415, "UnsupportedMediaType", text, {})


def not_implemented(what: str) -> ApiStatusError:
    text = f"The lab's Kubernetes API does not do {what}. Use exec, logs, events or get."
    return ApiStatusError(501, "NotImplemented", text, {})


def success(resource: ApiResource, obj: Obj) -> Obj:
    """The answer to a finished delete."""
    meta = obj["metadata"]
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": details(resource, meta["name"], uid=meta.get("uid", "")),
    }
