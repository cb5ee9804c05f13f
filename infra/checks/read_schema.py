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
from infra.checks.generated_module import GeneratedModule

TERRAFORM: Final = Path(__file__).parents[1] / "terraform"
SCHEMA: Final = Path(__file__).with_name("aws_schema.json")
_DECLARED = re.compile(r'^\s*(resource|data)\s+"(aws_\w+)"', re.M)


def types_in_use(folder: Path = TERRAFORM) -> set[tuple[str, str]]:
    """Each resource and data source of AWS that a file below `folder` declares, as ("resource" or "data", type)."""
    return {(kind, name) for file in folder.rglob("*.tf") for kind, name in _DECLARED.findall(file.read_text("utf-8"))}


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
                    schema[kind][name] = complete(name, GeneratedModule(stream.read().decode()).block())
    missing = [f"{kind} {name}" for kind, name in sorted(used) if name not in schema[kind]]
    if missing:
        raise SystemExit("the bindings do not know: " + ", ".join(missing))
    return {"source": wheel.name} | schema


def _folder(name: str, kind: str) -> str:
    return ("aws-" if kind == "data" else "") + name.removeprefix("aws_").replace("_", "-")


def text(schema: dict[str, Any]) -> str:
    """As JSON with a line for each resource, so that a difference shows which one changed."""
    parts = [f'"source": {json.dumps(schema["source"])}']
    for kind in ("provider", "resource", "data"):
        lines = [
            f"{json.dumps(name)}: {json.dumps(block, sort_keys=True)}" for name, block in sorted(schema[kind].items())
        ]
        parts.append(f'"{kind}": {{\n' + ",\n".join(lines) + "\n}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    SCHEMA.write_text(text(read(Path(sys.argv[1]), types_in_use())), "utf-8")
