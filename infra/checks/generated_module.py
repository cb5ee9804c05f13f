"""One module of the generated bindings, read as the schema of its resource.

The JavaScript of `@cdktf/provider-aws` names each argument with its type and whether it is a block (`isBlock`); an
argument that may be left out has a method that resets it; blocks carry a comment that says whether they are required;
what AWS computes has a getter. The expressions read generated code, whose form is its generator's: a form that is not
known shows as an argument that is missing when Terraform validates.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

Block = dict[str, Any]
SIMPLE: Final = {"string": "string", "number": "number", "boolean": "bool", "any": "dynamic"}
_CLASS: Final = re.compile(r"^class (\w+) extends cdktf\.(\w+) \{(.*?)^\}", re.M | re.S)
_FUNCTION: Final = re.compile(r"^function (\w+)ToHclTerraform\(struct\) \{(.*?)^\}", re.M | re.S)
_ARGUMENT: Final = re.compile(
    r'^\s+(\w+): \{\s+value: (.*?),\s+isBlock: (true|false),\s+type: "(\w+)",\s+storageClassType: "(\w+)"', re.M | re.S
)
_REQUIRED_BLOCK: Final = re.compile(r"// (\w+) - computed: \w+, optional: \w+, required: true")
_RESET: Final = re.compile(r"^    reset(\w+)\(\) \{", re.M)
_GETTER: Final = re.compile(r"get\w*?(String|Number|Boolean|Any)?(List|Map)?Attribute\('(\w+)'\)")
_PART: Final = re.compile(r'new (\w+)\(this, "(\w+)"(?:, (true|false))?\)')
_MAP: Final = re.compile(r'new cdktf\.\w*Map\w*\(this, "(\w+)"\)')


class Argument(NamedTuple):
    """What a configuration may give: `value` is the expression that writes it, `nesting` is simple, list, set, map or
    struct, `kind` a simple type or the class of what it holds."""

    name: str
    value: str
    is_block: str
    nesting: str
    kind: str


class GeneratedModule:
    def __init__(self, javascript: str) -> None:
        self._bodies = {name: body for name, _, body in _CLASS.findall(javascript)}
        self._top = next(name for name, base, _ in _CLASS.findall(javascript) if base.startswith("Terraform"))
        self._arguments = {name.lower(): _arguments(body) for name, body in _FUNCTION.findall(javascript)}

    def block(self) -> Block:
        """The resource: `{"attributes": {name: ...}, "blocks": {name: ...}}`."""
        body = self._bodies[self._top]
        return self._block(body, _arguments(body.partition("synthesizeHclAttributes()")[2]))

    def _held(self, kind: str) -> Block:
        item = re.sub(r"(List|Map|OutputReference)$", "", kind)
        return self._block(self._bodies.get(item + "OutputReference", ""), self._arguments.get(item.lower(), []))

    def _block(self, body: str, arguments: list[Argument]) -> Block:
        blocks = {one.name: one for one in arguments if one.is_block == "true" and one.kind not in SIMPLE}
        required = set(_REQUIRED_BLOCK.findall(body))
        optional = {name.lower() for name in _RESET.findall(body)}
        settable = {one.name: self._settable(one, optional) for one in arguments if one.name not in blocks}
        computed = {name: about for name, about in self._computed(body).items() if name not in settable.keys() | blocks}
        return {
            "attributes": settable | computed,
            "blocks": {name: self._nested(one, name in required) for name, one in blocks.items()},
        }

    def _nested(self, one: Argument, required: bool) -> dict[str, Any]:
        single = one.nesting != "struct" and "listMapper" not in one.value
        return {"nesting": one.nesting, "block": self._held(one.kind), "required": required, "one": single}

    def _settable(self, one: Argument, optional: set[str]) -> dict[str, Any]:
        """Whether AWS fills in an optional argument is not in the JavaScript: taken as if it did, which is laxer."""
        if re.match("string|number|boolean|any", one.kind):
            about: dict[str, Any] = {"type": _type(one.nesting, one.kind)}
        else:
            about = {"nesting": "single" if one.nesting == "struct" else one.nesting, "object": self._held(one.kind)}
        method = one.name.replace("_", "")  # a name that JavaScript reserves gets an ending: resetSelfAttribute
        may_be_left_out = bool({method, method + "attribute"} & optional)
        return about | ({"optional": True, "computed": True} if may_be_left_out else {"required": True})

    def _computed(self, body: str) -> dict[str, dict[str, Any]]:
        computed: dict[str, dict[str, Any]] = {
            name: {"type": ["map", "string"], "computed": True} for name in _MAP.findall(body)
        }
        for kind, name, wraps_a_set in _PART.findall(body):
            nesting = "set" if wraps_a_set == "true" else "list"
            computed[name] = {"nesting": nesting, "object": self._held(kind), "computed": True}
        for kind, collection, name in _GETTER.findall(body):
            item = SIMPLE[kind.lower() or "string"]
            computed[name] = {"type": [collection.lower(), item] if collection else item, "computed": True}
        return computed


def _arguments(body: str) -> list[Argument]:
    return [Argument(*groups) for groups in _ARGUMENT.findall(body)]


def _type(nesting: str, kind: str) -> str | list[str]:
    if nesting == "simple":
        return SIMPLE[kind]
    return [nesting, SIMPLE[re.sub(r"(List|Map|Set)$", "", kind)]]
