"""Where in a repository a change of an object belongs: one file, changed in one place, or why none. Pure.

The wrong file is worse than none. A file counts only where its value is the one that the object had, and where just one
way of making the object fits; which of several environments is meant, a namespace or the setting `paths` decides.
"""

from __future__ import annotations

from collections.abc import Sequence

from mcp_servers.contract.field_changes import FieldChange
from sre_agent.git.appliers import applied_into
from sre_agent.git.chart_sources import chart_declarations, chart_files
from sre_agent.git.kustomizations import Kustomizations
from sre_agent.git.kustomize_sources import kustomized_declarations
from sre_agent.git.manifests import plain_declarations
from sre_agent.git.sources import Declaration, FieldSource, FileEdit, Files, NotLocated, ObjectName, SourceFile
from sre_agent.git.yaml_text import NotEditableError


def locate(
    files: Sequence[SourceFile], target: ObjectName, changes: Sequence[FieldChange]
) -> list[FileEdit] | NotLocated:
    """The edits that make all `changes` in the sources of an object, one a file; all of them or none."""
    if not changes:
        return NotLocated("nothing would change.")
    declaration = _declaration(Files.of(files), target)
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
    of_charts = chart_files(files)
    declarations = [
        *plain_declarations(files, kustomizations.used | of_charts, target),
        *kustomized_declarations(files, kustomizations, target),
        *chart_declarations(files, target),
    ]
    namespaces_by_folder = applied_into(files)
    exact, open_ones = [], []
    for one in declarations:
        namespaces = {one.namespace} if one.namespace else _namespaces_of(one.root, namespaces_by_folder)
        if target.namespace in namespaces:
            exact.append(one)
        elif not namespaces:
            open_ones.append(one)
    candidates = exact or open_ones
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        return NotLocated(f"no file of the repository makes {target}.")
    roots = tuple(dict.fromkeys(one.root for one in candidates))
    return NotLocated(f"{len(candidates)} places make {target}; the setting paths says which one is applied.", roots)


def _namespaces_of(root: str, namespaces_by_folder: dict[str, set[str]]) -> set[str]:
    """Where the innermost folder that holds a root is applied into; empty where nothing says it."""
    while root:
        if root in namespaces_by_folder:
            return namespaces_by_folder[root]
        root = root.rpartition("/")[0]
    return namespaces_by_folder.get("", set())


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
    return FileEdit(source.file.path, text, after, source.place)
