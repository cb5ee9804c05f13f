"""The words that the product speaks with to models and people: where they are, and how a prompt is made of them.

A prompt is rendered strictly from `prompts/<name>.md`, which may include files of `prompts/parts`. It is the stable
part of what a model reads: the same for every incident, so that providers can cache it. What is seen of one incident
follows in a message of its own, fenced as data.

A version of the prompts is a folder with some of these files, written otherwise: what it lacks is as it is shipped.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mcp_servers.contract.visible import visible

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

SHIPPED: Final = "shipped"  # the version that is in the package
DIGEST: Final = 12  # hexadecimal digits
_FENCE: Final = re.compile(r"<(?=\s{0,40}/?\s{0,40}data\b)", re.I)


@dataclass(frozen=True)
class PromptVersion:
    """The prompts of one version: the files of `folder`, and for the others those that are shipped."""

    name: str = SHIPPED
    folder: Path | None = None

    def text(self, path: str) -> str | None:
        """Of a file such as `agents/logs.md` that this version has of its own."""
        file = self.folder / path if self.folder is not None else None
        return file.read_text(encoding="utf-8") if file is not None and file.is_file() else None


AS_SHIPPED: Final = PromptVersion()


@dataclass(frozen=True)
class Prompt:
    """`text` is what the model is told. `digest` names exactly this text, in spans, ledger, record and report."""

    name: str
    text: str
    digest: str
    version: str = SHIPPED

    @property
    def label(self) -> str:
        """As `supervise@0123456789ab`, with the version behind it where it is not the shipped one."""
        return f"{self.name}@{self.digest}" + (f"/{self.version}" if self.version != SHIPPED else "")


def prompt(name: str, version: PromptVersion = AS_SHIPPED, **values: Any) -> Prompt:
    """The prompt of `prompts/<name>.md`, strictly rendered: a value that it names and is not given is an error.

    `values` are what is the same for every incident, as the roster.
    """
    return made_of(name, _environment(version).get_template(f"{name}.md").render(values), version)


def made_of(name: str, text: str, version: PromptVersion = AS_SHIPPED, **values: Any) -> Prompt:
    """A prompt whose text was read elsewhere, as a specialist's; it may include parts too."""
    rendered = _environment(version).from_string(text).render(values) if values or "{%" in text else text
    plain = re.sub(r"\n{3,}", "\n\n", rendered).strip()
    return Prompt(name, plain, hashlib.sha256(plain.encode()).hexdigest()[:DIGEST], version.name)


def fence(source: str, text: str) -> str:
    """Text from outside as data: nothing in it can end the fence, and no invisible character stays in it.

    `source` is our own name for where it is from, as `L3 kubectl_logs`.
    """
    return f'<data source="{source}">\n{_FENCE.sub("&lt;", printable(text)).rstrip()}\n</data>'


def printable(text: str) -> str:
    """Without the characters that a reader does not see or a terminal obeys."""
    return visible(text)


@cache
def prompts_folder() -> Traversable:
    """Inside the installed package, or beside it in a checkout."""
    package_folder = resources.files("sre_agent") / "prompts"
    if package_folder.is_dir():
        return package_folder
    return Path(__file__).parents[1] / "prompts"


@cache
def _environment(version: PromptVersion = AS_SHIPPED) -> SandboxedEnvironment:
    from jinja2 import FunctionLoader, StrictUndefined  # noqa: PLC0415 - `--help` does not need it
    from jinja2.sandbox import SandboxedEnvironment  # noqa: PLC0415

    def source(path: str) -> str | None:
        entry = prompts_folder().joinpath(*path.split("/"))
        return version.text(path) or (entry.read_text(encoding="utf-8") if entry.is_file() else None)

    return SandboxedEnvironment(
        loader=FunctionLoader(source), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
