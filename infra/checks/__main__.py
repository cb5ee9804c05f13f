"""`python -m infra.checks [PART OF A FOLDER'S NAME]`: Terraform checks the format, validates, applies and plans.

Every module is validated and every example applied, against the schema that is kept here; a plan after that has
nothing to do. No account, no credentials and no network: the providers are those of `schema_provider`, which make
nothing. Each folder is checked in a copy, whose state is local.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.checks.read_schema import SCHEMA, TERRAFORM, types_in_use
from infra.checks.schema_provider import serving

LOCAL_STATE = 'terraform {\n  backend "local" {}\n}\n'


def main(only: str) -> int:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    missing = sorted(name for kind, name in types_in_use() if name not in schema[kind])
    if missing:
        print(f"{SCHEMA.name} lacks {', '.join(missing)}: make infra-schema")
        return 1
    if shutil.which("terraform") is None:
        print("terraform is not installed: nothing was validated")
        return 1
    with TemporaryDirectory(prefix="infra-") as copy, serving() as providers:
        everything = Path(copy) / "infra"
        shutil.copytree(TERRAFORM.parent, everything, ignore=shutil.ignore_patterns(".terraform*", "checks"))
        terraform = everything / "terraform"
        (own := Path(copy) / "terraformrc").touch()
        quiet = {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_CLI_CONFIG_FILE": str(own)}
        environment = os.environ | providers | quiet
        failed = not _run(terraform, environment, "fmt", "-check", "-recursive", "-diff")
        folders = {file.parent for file in terraform.rglob("*.tf")}
        for folder in sorted(folder for folder in folders if only in str(folder.relative_to(terraform))):
            applied = folder.parent.name == "examples"
            if applied:
                (folder / "local_override.tf").write_text(LOCAL_STATE, "utf-8")
            steps = [["init", "-input=false"] if applied else ["init", "-backend=false", "-input=false"], ["validate"]]
            if applied:
                (folder / "example.tfvars").rename(folder / "terraform.tfvars")
                steps += [["apply", "-input=false", "-auto-approve"], ["plan", "-input=false", "-detailed-exitcode"]]
            good = all(_run(folder, environment, *step) for step in steps)
            print(f"{'ok  ' if good else 'FAIL'} {folder.relative_to(terraform)}", flush=True)
            failed = failed or not good
    return int(failed)


def _run(folder: Path, environment: dict[str, str], *arguments: str) -> bool:
    done = subprocess.run(
        ["terraform", *arguments, *([] if arguments[0] == "fmt" else ["-no-color"])],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        said = done.stdout + done.stderr
        print(f"{folder}: terraform {' '.join(arguments)}\n{said[-6000:]}")
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
