"""All releases of a repository. Pure.

Flux' HelmReleases, Argo CD's Applications, helmfiles and kustomizations say which chart with which values. A chart that
nothing else in the repository names is its own release; what else names one, as a pipeline, Terraform or a program, is
not followed, and may give it any values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from sre_agent.git.argo_releases import argo_releases
from sre_agent.git.flux_releases import flux_releases
from sre_agent.git.helmfiles import helmfile_releases
from sre_agent.git.kustomizations import CHART_FILE, Kustomizations
from sre_agent.git.kustomize_charts import kustomize_charts
from sre_agent.git.releases import Release, chart_file, inner_charts, release, with_inner_charts
from sre_agent.git.sources import Files, SourceFile, joined, mapping
from sre_agent.git.values_layers import VALUES_FILE
from sre_agent.git.yaml_text import NotEditableError, documents

_YAML: Final = (".yaml", ".yml")
_CHARTS: Final = "/charts/"


def releases(files: Files, kustomizations: Kustomizations) -> list[Release]:
    """Those that are declared, and charts that nobody names as releases of their own, each with its inner charts."""
    charts = {file.folder for file in files.with_name(CHART_FILE)}
    result = [
        *flux_releases(files, kustomizations, charts),
        *argo_releases(files, kustomizations.appliers, charts),
        *helmfile_releases(files, charts),
        *kustomize_charts(files, kustomizations, charts),
    ]
    inner = {one.folder for chart in charts for one in inner_charts(files, chart)}
    lonely = sorted(charts - inner - {one.chart for one in result})
    keys = {file.path: _keys(file) for file in files.by_path.values()} if lonely else {}
    for chart in lonely:
        if chart_file(files, chart).get("type") != "library":
            result.append(_alone(files, chart, keys))
    return [one for outer in result for one in with_inner_charts(files, outer)]


def _alone(files: Files, chart: str, keys: Mapping[str, frozenset[str]]) -> Release:
    name = chart.rpartition("/")[2]
    mention = next(_mentions(files, chart, keys), "")
    unclear = f"{mention} names the chart {chart}, and what values it gives is not followed." if mention else ""
    own = [file.path for file in files.in_folder(chart) if _CHARTS not in file.path[len(chart) :]]
    others = [path for path in own if path.rpartition("/")[2].startswith("values") and path.endswith(_YAML)]
    if len(others) > 1 and not unclear:
        unclear = f"nothing says which of {', '.join(others)} is used."
    return replace(release(files, name, "", chart, chart, unclear=unclear), is_alone=True)


def _mentions(files: Files, chart: str, keys: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """The files outside of a chart that name it by its folder, or have values as it takes them."""
    last = re.escape(chart.rpartition("/")[2])
    by_name = re.compile(rf"(?:\./|/){last}(?=[\s\"'),/]|$)|chart\s*[:=]\s*[\"']?{last}(?=[\s\"']|$)", re.M)
    own = {file.path for file in files.in_folder(chart)}
    values = keys.get(joined(chart, VALUES_FILE), frozenset())
    for file in files.by_path.values():
        if file.path not in own and (by_name.search(file.text) or len(values & keys[file.path]) > 1):
            yield file.path


def _keys(file: SourceFile) -> frozenset[str]:
    """The keys of a file that is one mapping and no object, as values are."""
    try:
        contents = documents(file.text) if file.path.endswith(_YAML) else []
    except NotEditableError:
        return frozenset()
    content = mapping(contents[0]) if len(contents) == 1 else {}
    return frozenset() if "apiVersion" in content else frozenset(map(str, content))
