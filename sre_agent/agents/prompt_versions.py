"""The versions of the prompts that are there, and whether one can be asked with.

A version is a folder of Markdown files, named and placed as in `prompts/`. It may replace what models read during an
incident; what they read elsewhere, and the report's own template, belong to the package.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from jinja2 import TemplateError

from sre_agent.agents.inquiry import instruction
from sre_agent.agents.roster import Specialist
from sre_agent.errors import SettingsError
from sre_agent.failures import Catalogue
from sre_agent.prompting import AS_SHIPPED, SHIPPED, Prompt, PromptVersion, prompt, prompts_folder

OF_INCIDENTS: Final = ("supervise.md", "diagnose.md", "words.md")
FOLDERS: Final = ("agents", "parts")


def version_names(folder: Path | None) -> list[str]:
    """What may be released, the shipped version first."""
    there = _versions_folder(folder)
    return [SHIPPED, *sorted(one.name for one in there.iterdir() if one.is_dir())] if there.is_dir() else [SHIPPED]


def open_version(name: str, folder: Path | None) -> PromptVersion:
    """Raises SettingsError: there is no such version, or it has a file that replaces nothing."""
    if name == SHIPPED:
        return AS_SHIPPED
    if name not in version_names(folder):
        raise SettingsError(f"There is no version {name!r} of the prompts in {_versions_folder(folder)}.")
    own = _versions_folder(folder) / name
    files = sorted(str(file.relative_to(own)) for file in own.rglob("*") if file.is_file())
    if unknown := [path for path in files if not _replaces(path)]:
        raise SettingsError(f"{own} has files that replace no prompt of an incident: {', '.join(unknown)}.")
    if not files:
        raise SettingsError(f"{own} has no prompt of its own.")
    return PromptVersion(name, own)


def rendered(version: PromptVersion, roster: Iterable[Specialist], catalogue: Catalogue) -> list[Prompt]:
    """All prompts of an incident as models read them. Raises SettingsError where one cannot be rendered."""
    members = list(roster)
    try:
        return [
            prompt("supervise", version, roster=members, classes=list(catalogue)),
            prompt("diagnose", version, classes=list(catalogue)),
            prompt("words", version),
            *(instruction(member, version) for member in members),
        ]
    except TemplateError as problem:
        raise SettingsError(f"The prompts of version {version.name} cannot be rendered: {problem}") from problem


def _replaces(path: str) -> bool:
    parent, _, _ = path.rpartition("/")
    original = prompts_folder().joinpath(*path.split("/"))
    return (path in OF_INCIDENTS or parent in FOLDERS) and original.is_file()


def _versions_folder(folder: Path | None) -> Path:
    return folder if folder is not None else Path(str(prompts_folder())) / "versions"
