"""Reads the schema of the AWS provider out of the published bindings, for the resources that the modules use.

The provider itself is a download of 700 MB from a registry that a build machine may not reach; its schema is also in
`cdktf-cdktf-provider-aws` on PyPI, whose generated JavaScript names every argument with its type, whether it is a
block, and whether it is required or computed. The result is a file of 200 kB that is kept with the code:

    python -m infra.checks.read_schema WHEEL      # after `pip download --no-deps cdktf-cdktf-provider-aws`
"""

from __future__ import annotations

import io
import json
import re
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any, Final

from infra.checks.beyond_bindings import complete

TERRAFORM: Final = Path(__file__).parents[1] / "terraform"
SCHEMA: Final = Path(__file__).with_name("aws_schema.json")
SIMPLE: Final = {"string": "string", "number": "number", "boolean": "bool", "any": "dynamic"}
_DECLARED = re.compile(r'^\s*(resource|data)\s+"(aws_\w+)"', re.M)
_BLOCK_FLAGS = re.compile(r"// (\w+) - computed: \w+, optional: \w+, required: (\w+)")
_RESET = re.compile(r"^    reset(\w+)\(\) \{", re.M)
_ARGUMENT = re.compile(
    r'^\s+(\w+): \{\s+value: (.*?),\s+isBlock: (true|false),\s+type: "(\w+)",\s+storageClassType: "(\w+)"', re.M | re.S
)
_GETTER = re.compile(r"get\w*?(String|Number|Boolean|Any)?(List|Map)?(Attribute)\('(\w+)'\)")
_CLASS = re.compile(r"^class (\w+) extends cdktf\.(\w+) \{(.*?)^\}", re.M | re.S)
_FUNCTION = re.compile(r"^function (\w+)ToHclTerraform\(struct\) \{(.*?)^\}", re.M | re.S)
_PART = re.compile(r'new (\w+)\(this, "(\w+)"(?:, (true|false))?\)')


def types_in_use(folder: Path = TERRAFORM) -> set[tuple[str, str]]:
    """Each resource and data source of AWS that a file below `folder` declares, as ("resource" or "data", type)."""
    return {(kind, name) for file in folder.rglob("*.tf") for kind, name in _DECLARED.findall(file.read_text("utf-8"))}


def schema_of(javascript: str) -> dict[str, Any]:
    """The block that one generated module describes: `{"attributes": {...}, "blocks": {...}}`."""
    classes = {name: (base, body) for name, base, body in _CLASS.findall(javascript)}
    arguments = {name.lower(): _ARGUMENT.findall(body) for name, body in _FUNCTION.findall(javascript)}
    top = next(name for name, (base, _) in classes.items() if base.startswith("Terraform"))
    return _block(top, classes, _ARGUMENT.findall(classes[top][1].partition("synthesizeHclAttributes()")[2]), arguments)


def _block(
    name: str,
    classes: dict[str, tuple[str, str]],
    own: list[tuple[str, str, str, str, str]],
    arguments: dict[str, list[tuple[str, str, str, str, str]]],
) -> dict[str, Any]:
    body = classes[name][1] if name in classes else ""
    required_blocks = {field for field, required in _BLOCK_FLAGS.findall(body) if required == "true"}
    optional = {method.lower() for method in _RESET.findall(body)}
    attributes: dict[str, Any] = {}
    blocks: dict[str, Any] = {}

    def inner(kind: str) -> dict[str, Any]:
        item = re.sub(r"(List|Map|OutputReference)$", "", kind)
        return _block(item + "OutputReference", classes, arguments.get(item.lower(), []), arguments)

    for field, value, is_block, nesting, kind in own:
        method = field.replace("_", "")  # of names that its language reserves, the bindings make `selfAttribute`
        needed = not {method, method + "attribute"} & optional
        required = field in required_blocks if is_block == "true" else needed
        if kind in SIMPLE or kind.startswith(("string", "number", "boolean", "any")):
            attributes[field] = {"type": _type(nesting, kind)}
        elif is_block == "true":
            one = nesting != "struct" and "listMapper" not in value
            blocks[field] = {"nesting": nesting, "block": inner(kind), "required": required, "one": one}
            continue
        else:
            attributes[field] = {"nesting": "single" if nesting == "struct" else nesting, "object": inner(kind)}
        # Whether AWS fills in an optional argument is not in the JavaScript: taken as if it did, which is laxer.
        attributes[field] |= {"required": True} if required else {"optional": True, "computed": True}
    for word, collection, _, field in _GETTER.findall(body):
        if field not in attributes and field not in blocks:
            item = {"String": "string", "Number": "number", "Boolean": "bool", "Any": "dynamic", "": "string"}[word]
            attributes[field] = {
                "type": [collection.lower(), item] if collection else item,
                "computed": True,
            }
    for kind, field, wraps in _PART.findall(body):
        if field not in attributes and field not in blocks:
            if kind.startswith("cdktf"):
                continue
            attributes[field] = {
                "nesting": "set" if wraps == "true" else "list",
                "object": inner(kind),
                "computed": True,
            }
    for field in re.findall(r'new cdktf\.\w*Map\w*\(this, "(\w+)"\)', body):
        attributes.setdefault(field, {"type": ["map", "string"], "computed": True})
    return {"attributes": attributes, "blocks": blocks}


def _type(nesting: str, kind: str) -> str | list[str]:
    if nesting == "simple":
        return SIMPLE[kind]
    return [nesting, SIMPLE[re.sub(r"(List|Map|Set)$", "", kind)]]


def read(wheel: Path, used: set[tuple[str, str]]) -> dict[str, Any]:
    """The schema of `used` and of the provider's own block, out of the wheel of the bindings."""
    modules = {"provider/index.js": ("provider", "aws")} | {
        ("data-" if kind == "data" else "") + _folder(name, kind) + "/index.js": (kind, name) for kind, name in used
    }
    schema: dict[str, Any] = {"provider": {}, "resource": {}, "data": {}}
    with zipfile.ZipFile(wheel) as bindings:
        archive = next(name for name in bindings.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(bindings.read(archive))) as package:
            for member in package:
                kind, name = modules.get(member.name.removeprefix("package/lib/"), ("", ""))
                stream = package.extractfile(member) if kind else None
                if stream is not None:
                    schema[kind][name] = complete(name, schema_of(stream.read().decode()))
    missing = [f"{kind} {name}" for kind, name in sorted(used) if name not in schema[kind]]
    if missing:
        raise SystemExit("the bindings do not know: " + ", ".join(missing))
    return {"source": wheel.name} | schema


def _folder(name: str, kind: str) -> str:
    return ("aws-" if kind == "data" else "") + name.removeprefix("aws_").replace("_", "-")


if __name__ == "__main__":
    SCHEMA.write_text(json.dumps(read(Path(sys.argv[1]), types_in_use()), indent=None, sort_keys=True) + "\n", "utf-8")
