"""Requests and answers in the protocols that need the API's model to be read: the query protocol and CBOR.

awsJson says by itself what is a list or a number; a form does not, and neither XML nor CBOR shows a time as a number.
The models are those of botocore.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

import botocore.session
from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel, OperationNotFoundError, ServiceModel, Shape

from sre_lab.aws.cbor import CborTimestamp
from sre_lab.aws.errors import AwsError

EC2 = "ec2"
SERVICES = {
    "monitoring": "cloudwatch",
    "agentcore": "bedrock-agentcore-control",
    "agentcore-memory": "bedrock-agentcore",
}  # by the lab's name for them


@cache
def service(name: str) -> ServiceModel:
    """The model of a service; UnknownServiceError when there is none."""
    return botocore.session.get_session().get_service_model(SERVICES.get(name, name))


@cache
def operation(service_name: str, name: str) -> OperationModel:
    """The model of an operation; AwsError InvalidAction when the API has none of this name."""
    try:
        return service(service_name).operation_model(name)
    except (UnknownServiceError, OperationNotFoundError) as problem:
        raise AwsError("InvalidAction", f"Could not find operation {name} of {service_name}.") from problem


def read_form(service: str, name: str, body: bytes) -> dict[str, Any]:
    """The parameters of a query request: `A.member.1.B=x` as {"A": [{"B": "x"}]}, with the model's types."""
    shape = operation(service, name).input_shape
    flat = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    if shape is None:
        return {}
    result = _read(shape, "", flat, is_ec2=service == EC2)
    return result if isinstance(result, dict) else {}


def write_xml(service: str, name: str, result: dict[str, Any], request_id: str) -> bytes:
    """A query answer."""
    model = operation(service, name)
    shape, space = model.output_shape, model.service_model.metadata.get("xmlNamespace", "")
    inner = _members(shape, result) if shape is not None else ""
    if service == EC2:
        inner = f"<requestId>{request_id}</requestId>{inner}"
        return f'<{name}Response xmlns="{escape(space)}">{inner}</{name}Response>'.encode()
    inner = f"<{name}Result>{inner}</{name}Result>" if shape is not None else ""
    meta = f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
    return f'<{name}Response xmlns="{escape(space)}">{inner}{meta}</{name}Response>'.encode()


def with_moments(service: str, name: str, result: dict[str, Any]) -> Any:
    """The answer with each time marked as one."""
    shape = operation(service, name).output_shape
    return _mark(shape, result) if shape is not None else {}


def _read(shape: Shape, name: str, flat: dict[str, str], *, is_ec2: bool = False) -> Any:
    """The value of a shape under a name of the form's keys; None where nothing is given. `is_ec2`: in the dialect of
    EC2, which counts the elements of a list without a name and writes names with a capital letter."""
    if shape.type_name == "structure":
        lead = f"{name}." if name else ""
        members = {
            key: _read(member, lead + _form_name(member, key, is_ec2), flat, is_ec2=is_ec2)
            for key, member in shape.members.items()
        }
        return {key: value for key, value in members.items() if value is not None} if _is_present(name, flat) else None
    if shape.type_name == "list":
        items, place = [], 1
        lead = name if is_ec2 else f"{name}.{_item_name(shape)}"
        while _is_present(f"{lead}.{place}", flat):
            items.append(_read(shape.member, f"{lead}.{place}", flat, is_ec2=is_ec2))
            place += 1
        return items or None
    return _scalar(shape, name, flat[name]) if name in flat else None


def _item_name(shape: Shape) -> str:
    """What an element of a list is called in a form and in XML: some services have names of their own."""
    return str(shape.member.serialization.get("name", "member"))


def _form_name(member: Shape, key: str, is_ec2: bool) -> str:
    name = str(member.serialization.get("name", key))
    return str(member.serialization.get("queryName", name[:1].upper() + name[1:])) if is_ec2 else name


def _is_present(name: str, flat: dict[str, str]) -> bool:
    return not name or name in flat or any(key.startswith(f"{name}.") for key in flat)


def _scalar(shape: Shape, name: str, text: str) -> Any:
    try:
        if shape.type_name in ("integer", "long"):
            return int(text)
        if shape.type_name in ("double", "float"):
            return float(text)
        if shape.type_name == "timestamp":
            return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError as problem:
        raise AwsError("MalformedInput", f"The value {text!r} of {name} is not a {shape.type_name}.") from problem
    return text == "true" if shape.type_name == "boolean" else text


def _members(shape: Shape, value: dict[str, Any]) -> str:
    return "".join(
        f"<{tag}>{_xml(member, value[name])}</{tag}>"
        for name, member in shape.members.items()
        for tag in [member.serialization.get("name", name)]
        if value.get(name) is not None
    )


def _xml(shape: Shape, value: Any) -> str:
    if shape.type_name == "structure":
        return _members(shape, value)
    if shape.type_name == "list":
        name = _item_name(shape)
        return "".join(f"<{name}>{_xml(shape.member, item)}</{name}>" for item in value)
    if shape.type_name == "timestamp":
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return escape(str(value).lower() if isinstance(value, bool) else str(value))


def _mark(shape: Shape, value: Any) -> Any:
    if value is None:
        return None
    if shape.type_name == "structure":
        return {name: _mark(member, value[name]) for name, member in shape.members.items() if name in value}
    if shape.type_name == "list":
        return [_mark(shape.member, item) for item in value]
    if shape.type_name == "timestamp":
        return CborTimestamp(value)
    return float(value) if shape.type_name in ("double", "float") else value
