"""Request bodies: JSON, YAML or protobuf, of the right kind."""

from __future__ import annotations

from typing import Any

from sre_lab.kubernetes import protobuf, scalars, text_parsing
from sre_lab.kubernetes.kinds import ApiResource, resources
from sre_lab.kubernetes.statuses import ApiStatusError, bad_request, unsupported_media_type

Obj = dict[str, Any]
PROTOBUF = "application/vnd.kubernetes.protobuf"
_OBJECT_TYPES = ("", "application/json", "application/yaml", "text/plain", PROTOBUF)
_ACCEPTED = f"accepted media types include: application/json, application/yaml, {PROTOBUF}"
_SUMMARY = 30  # bytes of an unreadable body that the answer shows
_NO_KIND = "couldn't get version/kind; json parse error: "
_ENVELOPE = (
    'Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; '
    'Kind string "json:\\"kind,omitempty\\"" }'
)


def media_type(header: str) -> str:
    """The bare type of a Content-Type header."""
    return header.split(";")[0].strip().lower()


def parse_object(body: bytes, content_type: str, resource: ApiResource) -> Obj:
    """The object in a body; kind and apiVersion are filled in where absent. ApiStatusError 400 or 415."""
    return parse_sent(body, content_type, resource)[0]


def parse_sent(body: bytes, content_type: str, resource: ApiResource) -> tuple[Obj, list[str]]:
    """The object in a body, and the paths of the fields that stand there twice. ApiStatusError 400 or 415."""
    media = media_type(content_type)
    if media not in _OBJECT_TYPES:
        raise unsupported_media_type(f"the body of the request was in an unknown format - {_ACCEPTED}")
    try:
        document, twice = _decode(body, media)
    except text_parsing.ParseError as problem:
        why = str(problem) if media == "application/yaml" else f"{_NO_KIND}{problem}"
        raise _unreadable(body, resource, why) from None
    return _of_kind(document, body, resource), twice


def _of_kind(document: Any, body: bytes, resource: ApiResource) -> Obj:
    """`document` with kind and apiVersion where they were left out; ApiStatusError 400 when they are others."""
    if not isinstance(document, dict):
        json_kind = scalars.json_kind(document)
        raise _unreadable(body, resource, f"{_NO_KIND}json: cannot unmarshal {json_kind} into {_ENVELOPE}")
    expected = resource.api_version
    if document.setdefault("apiVersion", expected) != expected:
        raise bad_request(
            f"the API version in the data ({document['apiVersion']}) "
            f"does not match the expected API version ({expected})"
        )
    if document.setdefault("kind", resource.kind) != resource.kind:
        raise _of_another_kind(str(document["kind"]), resource)
    meta = document.setdefault("metadata", {})
    if not isinstance(meta, dict):
        kind = scalars.json_kind(meta)
        text = f"json: cannot unmarshal {kind} into Go struct field {resource.kind}.metadata of type v1.ObjectMeta"
        raise cannot_handle(resource, text)
    meta.pop("managedFields", None)
    return document


def parse_applied(body: bytes, resource: ApiResource) -> Obj:
    """The configuration of a server-side apply, in YAML or JSON; ApiStatusError 400."""
    try:
        document = text_parsing.read_yaml(body)
    except text_parsing.ParseError as problem:
        raise bad_request(f"error decoding YAML: error converting YAML to JSON: {problem}") from None
    return _of_kind(document, body, resource)


def _of_another_kind(kind: str, resource: ApiResource) -> ApiStatusError:
    version, group = resource.version, resource.group.split(".")[0]
    is_served = kind in {r.kind for r in resources() if r.api_version == resource.api_version}
    if is_served:
        why = f"converting ({version}.{kind}) to ({group or 'core'}.{resource.kind}): unknown conversion"
    else:
        scheme = "pkg/api/legacyscheme/scheme.go:30"
        why = f'no kind "{kind}" is registered for version "{resource.api_version}" in scheme "{scheme}"'
    return bad_request(f'{kind} in version "{version}" cannot be handled as a {resource.kind}: {why}')


def parse_options(body: bytes, content_type: str) -> Obj:
    """DeleteOptions or an Eviction; empty where there is no body. ApiStatusError 400."""
    if not body.strip():
        return {}
    options = protobuf.decode(body) if media_type(content_type) == PROTOBUF else parse_json(body)
    return options if isinstance(options, dict) else {}


def _decode(body: bytes, media: str) -> tuple[Any, list[str]]:
    if media == PROTOBUF:
        return protobuf.decode(body), []
    return (text_parsing.read_yaml(body), []) if media == "application/yaml" else text_parsing.read_json(body)


def parse_json(body: bytes) -> Any:
    return parse_patch(body)[0]


def parse_patch(body: bytes, what: str = "error decoding patch: ") -> tuple[Any, list[str]]:
    """What a patch says, and the paths of its fields that stand there twice; ApiStatusError 400 opens with `what`."""
    try:
        return text_parsing.read_json(body)
    except text_parsing.ParseError as problem:
        raise bad_request(f"{what}{problem}") from None


def cannot_handle(resource: ApiResource, why: str) -> ApiStatusError:
    kind = resource.kind
    return bad_request(f'{kind} in version "{resource.version}" cannot be handled as a {kind}: {why}')


def _unreadable(body: bytes, resource: ApiResource, why: str) -> ApiStatusError:
    text = (body.decode(errors="replace") if body.startswith(b"{") else body.hex()) or "<empty>"
    length = _SUMMARY if body.startswith(b"{") else 2 * _SUMMARY
    summary = text if len(text) <= length else f"{text[:length]} ..."
    return bad_request(f"the object provided is unrecognized (must be of type {resource.kind}): {why} ({summary})")
