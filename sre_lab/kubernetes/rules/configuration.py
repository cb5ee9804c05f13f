"""ConfigMaps and Secrets: keys, size, what a Secret's type asks for, and the lock of `immutable`."""

from __future__ import annotations

import base64
import binascii
import json

from sre_lab.kubernetes.rules import forms
from sre_lab.kubernetes.rules.pod_changes import same
from sre_lab.kubernetes.rules.shapes import IMMUTABLE, Causes, Obj, check_form, inner, text
from sre_lab.kubernetes.statuses import forbidden_value, invalid_value, required_value, too_long

_MOST_BYTES = 1024 * 1024
_LOCKED = "field is immutable when `immutable` is set"
_ACCOUNT = "kubernetes.io/service-account.name"
_DOCKER = {
    "kubernetes.io/dockercfg": ".dockercfg",
    "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
}


def config_map(obj: Obj, old: Obj | None) -> Causes:
    if old is not None and old.get("immutable"):
        yield from _immutable_changes(obj, old, "data", "binaryData")
    data, binary = inner(obj, "data"), inner(obj, "binaryData")
    for key in data:
        yield from check_form(key, f"data[{key}]", forms.config_key)
        if key in binary:
            yield invalid_value(f"data[{key}]", key, "duplicate of key present in binaryData")
    for key in binary:
        yield from check_form(key, f"binaryData[{key}]", forms.config_key)
    if sum(len(str(v).encode()) for v in data.values()) + _decoded_bytes(binary) > _MOST_BYTES:
        yield too_long("[]", _MOST_BYTES)


def secret(obj: Obj, old: Obj | None) -> Causes:
    if old is not None:
        if obj.get("type") != old.get("type"):
            yield invalid_value("type", obj.get("type", ""), IMMUTABLE)
        if old.get("immutable"):
            yield from _immutable_changes(obj, old, "data")
    data = inner(obj, "data") | inner(obj, "stringData")
    for key in data:
        yield from check_form(key, f"data[{key}]", forms.config_key)
    own, plain = inner(obj, "data"), inner(obj, "stringData")
    if _decoded_bytes(own) + sum(len(str(v).encode()) for v in plain.values()) > _MOST_BYTES:
        yield too_long("data", _MOST_BYTES)
    yield from _type_causes(obj, data)


def _immutable_changes(obj: Obj, old: Obj, *fields: str) -> Causes:
    if not obj.get("immutable"):
        yield forbidden_value("immutable", _LOCKED)
    for field in fields:
        if not same(obj.get(field), old.get(field)):
            yield forbidden_value(field, _LOCKED)


def _type_causes(obj: Obj, data: Obj) -> Causes:
    kind = text(obj, "type")
    if kind == "kubernetes.io/service-account-token":
        if not inner(inner(obj, "metadata"), "annotations").get(_ACCOUNT):
            yield required_value(f"metadata.annotations[{_ACCOUNT}]")
    elif kind in _DOCKER:
        yield from _docker(obj, data, _DOCKER[kind])
    elif kind == "kubernetes.io/basic-auth":
        if "username" not in data and "password" not in data:
            yield required_value("data[username]")
            yield required_value("data[password]")
    elif kind == "kubernetes.io/ssh-auth":
        if not data.get("ssh-privatekey"):
            yield required_value("data[ssh-privatekey]")
    elif kind == "kubernetes.io/tls":
        for key in ("tls.crt", "tls.key"):
            if key not in data:
                yield required_value(f"data[{key}]")


def _docker(obj: Obj, data: Obj, key: str) -> Causes:
    if key not in data:
        yield required_value(f"data[{key}]")
        return
    plain = inner(obj, "stringData").get(key)
    content = str(plain).encode() if plain is not None else _decode(data[key])
    try:
        readable = isinstance(json.loads(content), dict)
        detail = "json: cannot unmarshal array into Go value of type map[string]interface {}"
    except ValueError as problem:
        readable, detail = False, _in_go(content, problem)
    if not readable:
        yield invalid_value(f"data[{key}]", "<secret contents redacted>", detail)


def _in_go(content: bytes, problem: ValueError) -> str:
    """What Go's JSON decoder says where Python's gave up."""
    place = problem.pos if isinstance(problem, json.JSONDecodeError) else 0
    if place >= len(content):
        return "unexpected end of JSON input"
    return f"invalid character '{chr(content[place])}' looking for beginning of value"


def _decode(value: object) -> bytes:
    try:
        return base64.b64decode(str(value))
    except (binascii.Error, ValueError):
        return str(value).encode()


def _decoded_bytes(values: Obj) -> int:
    return sum(len(str(value)) * 3 // 4 for value in values.values())
