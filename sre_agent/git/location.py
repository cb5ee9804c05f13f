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
    declarations = [
        *plain_declarations(files, kustomizations.used | chart_files(files), target),
        *kustomized_declarations(files, kustomizations, target),
        *chart_declarations(files, releases(files, kustomizations), target),
    ]
    exact = [one for one in declarations if one.namespace == target.namespace]
    candidates = exact or [one for one in declarations if not one.namespace]
    by_applier = [one for one in candidates if one.applier and one.applier == target.applier]
    others = [one.root for one in candidates if one.applier and target.applier]
    candidates = by_applier or [one for one in candidates if one.root not in others]
    if others and not candidates:
        return NotLocated(
            f"{target} is applied by {target.applier}, which the repository does not declare.", (*others,)
        )
    if not candidates:
        return NotLocated(f"no file of the repository makes {target}.")
    if len(candidates) > 1:
        roots = tuple(dict.fromkeys(one.root for one in candidates))
        return NotLocated(
            f"{len(candidates)} places make {target}; the setting paths says which one is applied.", roots
        )
    if not candidates[0].is_applied and (why := kustomizations.may_build(target)):
        return NotLocated(why, (candidates[0].root,))
    return _if_followed(candidates[0], kustomizations.appliers, target)


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
    if marker := _writer(text, after):
        why = f"a program writes this value in {source.file.path} (`{marker}`): change what the program takes it from."
        return NotLocated(why, (source.file.path,))
    return FileEdit(source.file.path, text, after, source.place)


def _writer(before: str, after: str) -> str:
    """The comment by which kpt's setters or Flux' image automation know the line that they write; empty for none."""
    lines = Counter(before.splitlines()) - Counter(after.splitlines())
    return next((match[1] for line in lines if (match := _MARKER.search(line))), "")
