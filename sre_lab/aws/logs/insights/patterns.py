"""The commands pattern and diff: what kinds of lines there are, and how their numbers changed."""

from __future__ import annotations

from collections import Counter

from sre_lab.aws.logs.insights.batches import RowBatch
from sre_lab.aws.logs.insights.collectors import NewCollector
from sre_lab.aws.logs.insights.commands import PatternCommand
from sre_lab.aws.logs.insights.evaluation import ColumnFunction, ExpressionScope
from sre_lab.aws.logs.insights.templates import merge, numbered_template, severity, signatures, template
from sre_lab.aws.logs.insights.values import Column

COLUMNS = ("@pattern", "@ratio", "@sampleCount", "@severityLabel")
DIFFERENCE = ("@pattern", "@sampleCount", "@differenceCount", "@differenceDescription", "@severityLabel")


class PatternCollector:
    """Counts the lines of each pattern; with `is_diff`, those of the window before apart."""

    def __init__(self, lines: ColumnFunction, *, is_diff: bool) -> None:
        self._texts = lines
        self._compared = is_diff
        self._templates: dict[bytes, str] = {}
        self._lines: Counter[bytes] = Counter()
        self._lines_before: Counter[bytes] = Counter()

    def add(self, batch: RowBatch) -> None:
        lines = [text for text in self._texts(batch) if text is not None]
        if not lines:
            return
        line_signatures = signatures(lines)
        counts = Counter(line_signatures)
        new = counts.keys() - self._templates.keys()
        if new:
            examples = dict(zip(line_signatures, lines, strict=True))
            self._templates.update((signature, template(examples[signature])) for signature in new)
        earlier = batch.events is not None and batch.events.earlier
        (self._lines_before if earlier else self._lines).update(counts)

    def result(self) -> RowBatch:
        become = merge(Counter(self._templates.values()))
        now, before = self._by_pattern(self._lines, become), self._by_pattern(self._lines_before, become)
        rows = _difference(now, before) if self._compared else _shares(now)
        names = DIFFERENCE if self._compared else COLUMNS
        columns: list[Column] = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in names]
        return RowBatch(len(rows), dict(zip(names, columns, strict=True)))

    def _by_pattern(self, lines: Counter[bytes], become: dict[str, str]) -> Counter[str]:
        counts: Counter[str] = Counter()
        for signature, count in lines.items():
            counts[numbered_template(become[self._templates[signature]])] += count
        return counts


def patterns(command: PatternCommand, scope: ExpressionScope, *, is_diff: bool) -> tuple[NewCollector, list[str]]:
    """What makes the collector, and its columns; `scope` knows nothing but these afterwards."""
    lines = scope.texts(command.source)
    columns = DIFFERENCE if is_diff else COLUMNS
    scope.start_again(dict.fromkeys(columns, "computed"))
    return (lambda: PatternCollector(lines, is_diff=is_diff)), list(columns)


def _shares(counts: Counter[str]) -> list[tuple[object, ...]]:
    """The most frequent first."""
    total = counts.total()
    return [
        (pattern, count / total, count, severity(pattern))
        for pattern, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def _difference(now: Counter[str], before: Counter[str]) -> list[tuple[object, ...]]:
    """What changed most first."""
    rows = [
        (pattern, now[pattern], now[pattern] - before[pattern], _trend(now[pattern], before[pattern]))
        for pattern in {**now, **before}
    ]
    rows.sort(key=lambda row: (-abs(row[2]), row[0]))
    return [(*row, severity(row[0])) for row in rows]


def _trend(now: int, before: int) -> str:
    if not before:
        return "New pattern"
    if not now:
        return "No longer present"
    if now == before:
        return "No change"
    change = abs(now - before) / before
    return f"{'Increased' if now > before else 'Decreased'} by {change:.0%}"
