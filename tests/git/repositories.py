"""Real repositories in folders of a test, made by git itself."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

WHO = {"GIT_AUTHOR_NAME": "ada", "GIT_AUTHOR_EMAIL": "ada@example.com"}
ENVIRONMENT = {
    **WHO,
    **{name.replace("AUTHOR", "COMMITTER"): value for name, value in WHO.items()},
    "PATH": "/usr/bin:/bin",
}


def repository(folder: Path, files: Mapping[str, str]) -> Path:
    """A repository with one commit on the branch `main`."""
    folder.mkdir(parents=True)
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "as deployed")
    return folder


def git(folder: Path, *arguments: str, stdin: str = "") -> str:
    done = subprocess.run(
        ["/usr/bin/git", "-C", str(folder), *arguments],
        check=True, capture_output=True, text=True, input=stdin, env=ENVIRONMENT,
    )  # fmt: skip
    return done.stdout
