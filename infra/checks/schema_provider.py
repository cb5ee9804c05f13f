"""A Terraform provider that knows the schema of AWS and nothing else, so that Terraform itself checks the modules.

`terraform validate` and `terraform plan` resolve references, check types, required arguments and functions, and render
policies, but they ask the provider for its schema. This one serves the schema that is kept in `aws_schema.json` over
Terraform's plugin protocol (version 6) on loopback. What AWS would compute is unknown in its plans, and made up when
they are applied. It creates nothing, reads no credentials and opens no other connection.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from os import getpid
from typing import Any, Final

import grpc
import ormsgpack
import yaml

from infra.checks.beyond_bindings import OTHERS
from infra.checks.read_schema import SCHEMA
from infra.checks.wire import field, fields

Block = dict[str, Any]
UNKNOWN: Final = ormsgpack.Ext(0, b"\x00")
NESTING: Final = {"struct": 1, "list": 2, "set": 3, "map": 4}  # of blocks
OBJECTS: Final = {"single": 1, "list": 2, "set": 3, "map": 4}  # of attributes that are objects
# What the data sources say: an account that cannot exist, so that policies render to the end.
ANSWERS: Final[dict[str, dict[str, Any]]] = {
    "aws_caller_identity": {"account_id": "000000000000"},
    "aws_partition": {"partition": "aws", "dns_suffix": "amazonaws.com"},
    "aws_region": {"region": "eu-west-1", "name": "eu-west-1", "id": "eu-west-1"},
    "aws_availability_zones": {"names": ["eu-west-1a", "eu-west-1b", "eu-west-1c"]},
}


def _attribute(name: str, about: dict[str, Any]) -> bytes:
    flags = b"".join(field(n, True) for n, key in ((4, "required"), (5, "optional"), (6, "computed")) if about.get(key))
    if "object" not in about:
        return field(1, name) + field(2, json.dumps(about["type"])) + flags
    if not about.get("optional") and not about.get("required"):
        return field(1, name) + field(2, json.dumps(_type(about))) + flags
    inner = about["object"]["attributes"].items()
    nested = b"".join(field(1, _attribute(key, value)) for key, value in inner)
    return field(1, name) + field(10, nested + field(3, OBJECTS[about["nesting"]])) + flags


def _type(about: dict[str, Any]) -> Any:
    if "object" not in about:
        return about["type"]
    return [about["nesting"], ["object", {key: _type(value) for key, value in about["object"]["attributes"].items()}]]


def _block(block: Block) -> bytes:
    out = b"".join(field(2, _attribute(name, about)) for name, about in block["attributes"].items())
    for name, about in block["blocks"].items():
        nesting = NESTING[about["nesting"]]
        nested = field(1, name) + field(2, _block(about["block"])) + field(3, nesting)
        if nesting != NESTING["struct"]:
            nested += field(4, int(about["required"])) + field(5, int(about["one"]))
        out += field(3, nested)
    return out


def _with_unknowns(block: Block, state: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """The state that is planned: what the configuration leaves open stays as it was, or is known after apply."""
    for name, about in block["attributes"].items():
        if state.get(name) is None and about.get("computed"):
            state[name] = before.get(name, UNKNOWN)
    for name, about in block["blocks"].items():
        earlier = [one for one in _many(before.get(name)) if isinstance(one, dict)]
        for item in _many(state.get(name)):
            if isinstance(item, dict):
                _with_unknowns(about["block"], item, next((one for one in earlier if _is_of(item, one)), {}))
    return state


def _is_of(item: Any, before: Any) -> bool:
    """Whether what a configuration says is what was there before; what it leaves open may have been anything."""
    if isinstance(item, dict) and isinstance(before, dict):
        return all(_is_of(value, before.get(key)) for key, value in item.items())
    if isinstance(item, list) and isinstance(before, list):
        return len(item) == len(before) and all(map(_is_of, item, before))
    return bool(item is None or item == before)


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _without_unknowns(block: Block, state: dict[str, Any]) -> dict[str, Any]:
    """The state as it is applied: a value of its type for each that AWS would compute."""
    for name, about in block["attributes"].items():
        if isinstance(state.get(name), ormsgpack.Ext):
            state[name] = _some(about)
    for name, about in block["blocks"].items():
        for item in _many(state.get(name)):
            if isinstance(item, dict):
                _without_unknowns(about["block"], item)
    return state


def _outputs(state: dict[str, Any]) -> dict[str, Any]:
    """What a stack of CloudFormation gives back, by the names that its template says."""
    if "template_body" not in state or "outputs" not in state:
        return {}
    return {"outputs": dict.fromkeys(yaml.load(state["template_body"], _Template).get("Outputs", {}), "some")}  # noqa: S506


class _Template(yaml.SafeLoader):
    """Without the functions of CloudFormation, whose values nobody needs here."""


_Template.add_multi_constructor("!", lambda loader, tag, node: tag)


def _some(about: dict[str, Any]) -> Any:
    """A known value for what a data source computes."""
    kind = _type(about)
    if isinstance(kind, list):
        return {} if kind[0] == "map" else []
    return {"string": "some", "number": 1, "bool": True}.get(kind)


class SchemaProvider(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc ships no types
    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema
        self._answers: dict[str, Callable[[dict[int, Any]], bytes]] = {
            "GetProviderSchema": self._everything,
            "PlanResourceChange": self._plan,
            "ApplyResourceChange": self._apply,
            "ReadResource": self._unchanged,
            "UpgradeResourceState": self._of_this_version,
            "ReadDataSource": self._read,
        }

    def service(self, call: Any) -> Any:
        name = call.method.rpartition("/")[2]
        if not call.method.startswith("/tfplugin6.Provider/") or name == "GetMetadata":
            return None  # what is optional in the protocol
        answer = self._answers.get(name, _nothing)
        return grpc.unary_unary_rpc_method_handler(lambda request, _: answer(dict(fields(request))))

    def _everything(self, _: dict[int, Any]) -> bytes:
        out = field(1, field(2, _block(self._schema["provider"])))
        for number, kind in ((2, "resource"), (3, "data")):
            for name, block in self._schema[kind].items():
                out += field(number, field(1, name) + field(2, field(2, _block(block))))
        return out

    def _plan(self, request: dict[int, Any]) -> bytes:
        block = self._schema["resource"][request[1].decode()]
        before, state = _unpack(request[2]) or {}, _unpack(request[3])
        return field(1, field(1, ormsgpack.packb(None if state is None else _with_unknowns(block, state, before))))

    def _apply(self, request: dict[int, Any]) -> bytes:
        block = self._schema["resource"][request[1].decode()]
        state = _unpack(request[3])
        if state is not None:
            state = _without_unknowns(block, state) | _outputs(state)
        return field(1, field(1, ormsgpack.packb(state)))

    def _unchanged(self, request: dict[int, Any]) -> bytes:
        """Nobody else changes what was never made."""
        return field(1, bytes(request[2]))

    def _of_this_version(self, request: dict[int, Any]) -> bytes:
        return field(1, field(2, bytes(dict(fields(request[3]))[1])))

    def _read(self, request: dict[int, Any]) -> bytes:
        name = request[1].decode()
        block, state = self._schema["data"][name], _unpack(request[2])
        for key, about in block["attributes"].items():
            if state.get(key) is None:
                state[key] = ANSWERS.get(name, {}).get(key, _some(about))
        return field(1, field(1, ormsgpack.packb(state)))


def _nothing(request: dict[int, Any]) -> bytes:
    """An answer without diagnostics: what Terraform itself checked is all that is checked."""
    return b""


def _unpack(value: bytes) -> Any:
    packed = bytes(dict(fields(value))[1])
    return ormsgpack.unpackb(packed, ext_hook=lambda tag, data: ormsgpack.Ext(tag, bytes(data)))


@contextmanager
def serving() -> Iterator[dict[str, str]]:
    """Serves the schemas on loopback; what is yielded is the environment with which Terraform finds them."""
    kept = json.loads(SCHEMA.read_text("utf-8"))
    schemas = OTHERS | {"registry.terraform.io/hashicorp/aws": kept | {"provider": kept["provider"]["aws"]}}
    with ExitStack() as servers:
        here = {address: servers.enter_context(_served(schema)) for address, schema in schemas.items()}
        yield {"TF_REATTACH_PROVIDERS": json.dumps(here)}


@contextmanager
def _served(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    server = grpc.server(ThreadPoolExecutor(8), options=[("grpc.max_send_message_length", 256 << 20)])
    server.add_generic_rpc_handlers((SchemaProvider(schema),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    where = {"Network": "tcp", "String": f"127.0.0.1:{port}"}
    try:
        yield {"Protocol": "grpc", "ProtocolVersion": 6, "Pid": getpid(), "Test": True, "Addr": where}
    finally:
        server.stop(grace=None)
