"""What comes of fields that a kind does not have and of values of another type, as the request's fieldValidation says.

Unknown fields are never stored: `Strict` refuses them, `Warn` (the default) tells the client, `Ignore` says nothing.
"""

from __future__ import annotations

import json
from typing import Any

from sre_lab.kubernetes import bodies, decoding, go_types, typed_patches
from sre_lab.kubernetes.decoding import DecodedObject, Obj, Words
from sre_lab.kubernetes.go_text import go_map
from sre_lab.kubernetes.requests import ApiRequest
from sre_lab.kubernetes.statuses import ApiStatusError, invalid_options, invalid_patch, unsupported_value

DIRECTIVES = ("", "Ignore", "Strict", "Warn")
_OPTIONS = {"create": "CreateOptions", "update": "UpdateOptions", "patch": "PatchOptions"}
_SHOWN = 100  # so many complaints are told


def check_directive(call: ApiRequest) -> None:
    """ApiStatusError 422 when fieldValidation is none of its values."""
    directive = call.query.get("fieldValidation", "")
    if directive not in DIRECTIVES:
        raise invalid_options(_OPTIONS[call.verb], [unsupported_value("fieldValidation", directive, DIRECTIVES)])


def parse_object(call: ApiRequest, body: tuple[bytes, str], old: Obj | None = None) -> Obj:
    """The object of a create or an update with the fields that its kind has; ApiStatusError 400, 415 or 422.

    Fields that the stored object `old` has although its kind does not are no news: they go without a word.
    """
    check_directive(call)
    document, twice = bodies.parse_sent(*body, call.resource)
    return _sent_object(call, document, twice, old)


def check_created(call: ApiRequest, obj: Obj) -> Obj:
    """An object that was applied into being, as one that was created."""
    return _sent_object(call, obj, [], None)


def _sent_object(call: ApiRequest, obj: Obj, twice: list[str], old: Obj | None) -> Obj:
    reading = _read(call, obj, decoding.json_words, old)
    if reading.wrong:
        raise bodies.cannot_handle(call.resource, reading.wrong[0])
    if problems := _complain(call, reading.unknown, twice):
        raise bodies.cannot_handle(call.resource, f"strict decoding error: {problems}")
    result: Obj = reading.value
    return result


def check_patched(call: ApiRequest, base: Obj, new: Obj, change: Any, twice: list[str], *, strategic: bool) -> Obj:
    """A patched object with the fields that its kind has; ApiStatusError 422 shows the patch or the outcome."""
    reading = _read(call, new, decoding.converter_words if strategic else decoding.json_words, base)
    patch_text = go_map(change) if strategic else json.dumps(new, sort_keys=True, separators=(",", ":"))
    if reading.wrong:
        raise invalid_patch(patch_text, reading.wrong[0])
    if strategic:
        reading.unknown.sort()
    if problems := _complain(call, reading.unknown, twice):
        raise invalid_patch(patch_text, f"strict decoding error: {problems}")
    result: Obj = {**reading.value, "kind": base["kind"], "apiVersion": base["apiVersion"]}
    return result


def check_applied(call: ApiRequest, config: Obj) -> None:
    """ApiStatusError 500 when what is applied has a field or type that the kind lacks, whatever fieldValidation."""
    struct = go_types.message(call.resource)
    problems = typed_patches.problems(config, struct, call.resource.kind) if struct else []
    if problems:
        summary = problems[0] if len(problems) == 1 else "\n  ".join(["errors:", *problems])
        meta, version = config["metadata"], call.resource.api_version
        version = version if "/" in version else f"/{version}"
        object_name = f"{meta.get('namespace') or call.namespace}/{meta['name']}".removeprefix("/")
        text = f"failed to create typed patch object ({object_name}; {version}, Kind={call.resource.kind}): {summary}"
        raise ApiStatusError(500, "", text)


def _read(call: ApiRequest, obj: Obj, words: Words, old: Obj | None) -> DecodedObject:
    struct = go_types.message(call.resource)
    if struct is None:
        return DecodedObject(obj)
    reading = decoding.decode(obj, struct, words)
    for part in {"metadata", "spec"} & go_types.fields(struct).keys():
        reading.value.setdefault(part, {})
    if old is not None and (reading.unknown or reading.wrong):
        before = decoding.decode(old, struct, words)
        reading.unknown = [path for path in reading.unknown if path not in before.unknown]
        reading.wrong = [text for text in reading.wrong if text not in before.wrong]
    return reading


def _complain(call: ApiRequest, unknown: list[str], twice: list[str]) -> str:
    """What Strict says; otherwise the warnings are noted and there is nothing to say."""
    problems = [f'unknown field "{path}"' for path in unknown] + [f'duplicate field "{path}"' for path in twice]
    directive = call.query.get("fieldValidation") or "Warn"
    if directive == "Strict":
        return ", ".join(problems[:_SHOWN])
    if directive == "Warn":
        call.warnings.extend(problems[:_SHOWN])
    return ""
