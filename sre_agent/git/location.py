"""Where in a repository a change of an object belongs: one file, changed in one place, or why none. Pure.

The wrong file is worse than none. A file counts only where its value is the one that the object had, and where just one
way of making the object fits; which of several environments is meant, a namespace or the setting `paths` decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from mcp_servers.contract.field_changes import FieldChange
from sre_agent.git.application_sets import OPEN
from sre_agent.git.appliers import Applier
from sre_agent.git.chart_sources import chart_declarations, chart_files
from sre_agent.git.kustomizations import Kustomizations
from sre_agent.git.kustomize_sources import kustomized_declarations
from sre_agent.git.manifests import plain_declarations
from sre_agent.git.repository_releases import releases
from sre_agent.git.sources import (
    UNKNOWN_ORIGIN,
    Declaration,
    FieldSource,
    FileEdit,
    Files,
    NotLocated,
    ObjectName,
    Origin,
    SourceFile,
)
from sre_agent.git.yaml_text import NotEditableError

_MARKER: Final = re.compile(r"#\s*(kpt-set: .*|\{\s*\"\$.*\})")

_FILLED_IN: Final = re.compile(r"\{\{[^{}]*\}\}|\$\{\w+")


def locate(
    files: Sequence[SourceFile], target: ObjectName, changes: Sequence[FieldChange], origin: Origin = UNKNOWN_ORIGIN
) -> list[FileEdit] | NotLocated:
    """The edits that make all `changes` in the sources of an object, one a file; all of them or none."""
    if not changes:
        return NotLocated("nothing would change.")
    declaration = _declaration(Files.of(files, origin), target)
    if isinstance(declaration, NotLocated):
        return declaration
    edits: dict[str, FileEdit] = {}
    for change in changes:
        source = declaration.source(change)
        if isinstance(source, NotLocated):
            return source
        before = edits[source.file.path].after if source.file.path in edits else source.file.text
        edit = _edit(source, before, change)
        if isinstance(edit, NotLocated):
            return edit
        places = [edits[edit.path].place] if edit.path in edits else []
        edits[edit.path] = FileEdit(edit.path, source.file.text, edit.after, ", ".join([*places, edit.place]))
    return list(edits.values())


def _declaration(files: Files, target: ObjectName) -> Declaration | NotLocated:
    kustomizations = Kustomizations(files)
    declarations = chart_declarations(files, releases(files, kustomizations), target)
    if not target.release:  # what belongs to a release comes of a chart alone
        declarations += plain_declarations(files, kustomizations.used | chart_files(files), target)
        declarations += kustomized_declarations(files, kustomizations, target)
    exact = [one for one in declarations if one.namespace == target.namespace]
    candidates = _by_applier(exact or [one for one in declarations if not one.namespace], kustomizations, target)
    if isinstance(candidates, NotLocated):
        return candidates
    if not candidates:
        return NotLocated(f"no file of the repository makes {target}.")
    if len(candidates) > 1:
        roots = tuple(dict.fromkeys(one.root for one in candidates))
        why = f"{len(candidates)} places make {target}; the setting paths says which one is applied."
        return NotLocated(why, roots)
    if not candidates[0].is_applied and (why := kustomizations.may_build(target)):
        return NotLocated(why, (candidates[0].root,))
    return _if_followed(candidates[0], kustomizations.appliers, target)


def _by_applier(
    candidates: Sequence[Declaration], kustomizations: Kustomizations, target: ObjectName
) -> Sequence[Declaration] | NotLocated:
    """Those that what applies the object makes. Where it is in the repository, no others count; where it is not, those
    do not count that something else applies."""
    if not target.applier:
        return candidates
    by_it = [one for one in candidates if one.applier == target.applier]
    declared_in = [one.file.path for one in kustomizations.appliers if one.name == target.applier and one.is_here]
    others = [one.root for one in candidates if one.applier and one not in by_it]
    rest = [one for one in candidates if not one.applier]
    if by_it or not (declared_in or others) or (rest and not declared_in):
        return by_it or rest
    why = next((one.unclear for one in kustomizations.appliers if one.name == target.applier and one.unclear), "")
    why = why or f"{target} is applied by {target.applier}, which makes none of what the repository shows here."
    return NotLocated(why, tuple(dict.fromkeys([*declared_in, *others])))


def _if_followed(one: Declaration, appliers: Sequence[Applier], target: ObjectName) -> Declaration | NotLocated:
    """A declaration, unless something that is not followed applies the folder too, or could."""
    for applier in appliers:
        is_elsewhere = applier.namespace not in ("", target.namespace)
        is_any = not OPEN.sub("", applier.folder).strip("/")
        if not applier.unclear or is_elsewhere or not applier.is_here or (is_any and one.is_applied):
            continue
        if applier.may_apply(one.folder):
            return NotLocated(applier.unclear, (one.root, applier.file.path))
    return one


def _is_plain(change: FieldChange) -> bool:
    """Whether a value may be shown: what variables and data hold may be secret."""
    return change.path[:1] == ("spec",) and not {"env", "args", "command"} & {*change.path}


def _edit(source: FieldSource, text: str, change: FieldChange) -> FileEdit | NotLocated:
    if source.value is not None and source.value != change.before:
        says, had = (repr(source.value), repr(change.before)) if _is_plain(change) else ("another value", "its own")
        return NotLocated(
            f"{source.file.path} says {says} for {change.title}, the cluster had {had}.", (source.file.path,)
        )
    if source.value is None and change.after is None:
        return NotLocated(f"{source.file.path} does not declare {change.title}.", (source.file.path,))
    try:
        after = source.edit(text, change.after)
    except NotEditableError as problem:
        return NotLocated(f"{source.file.path} cannot be changed: {problem}", (source.file.path,))
    if template := _template(text, after):
        why = f"{source.file.path} fills the value in (`{template}`): change what it is filled in from."
        return NotLocated(why, (source.file.path,))
    if marker := _writer(text, after):
        why = f"a program writes this value in {source.file.path} (`{marker}`): change what the program takes it from."
        return NotLocated(why, (source.file.path,))
    return FileEdit(source.file.path, text, after, source.place)


def _writer(before: str, after: str) -> str:
    """The comment by which kpt's setters or Flux' image automation know the line that they write; empty for none."""
    lines = _lines_that_go(before, after)
    return next((match[1] for line in lines if (match := _MARKER.search(line))), "")


def _template(before: str, after: str) -> str:
    """The mark that stood where another value would; empty where it was a plain one."""
    return next((match[0] for line in _lines_that_go(before, after) if (match := _FILLED_IN.search(line))), "")


def _lines_that_go(before: str, after: str) -> list[str]:
    return list(Counter(before.splitlines()) - Counter(after.splitlines()))
