"""Jobs and CronJobs: counts, schedules, and what a Job cannot change any more."""

from __future__ import annotations

import re

from sre_lab.kubernetes import schedule
from sre_lab.kubernetes.rules import go, labels, pods
from sre_lab.kubernetes.rules.pod_changes import same
from sre_lab.kubernetes.rules.shapes import IMMUTABLE, Causes, Obj, inner, not_negative, number, one_of, text
from sre_lab.kubernetes.rules.workloads import takes, template_of_controller
from sre_lab.kubernetes.statuses import GoText, invalid_value, required_value, unsupported_value

_COUNTS = (
    *("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"),
    *("backoffLimitPerIndex", "maxFailedIndexes"),
)
_MODES = ("NonIndexed", "Indexed")
_REPLACEMENTS = ("Failed", "TerminatingOrFailed")
_RESTART = ("OnFailure", "Never")
_CONCURRENCY = ("Allow", "Forbid", "Replace")
_EVERY = re.compile(r"@every (\d+(\.\d+)?(ns|us|ms|h|m|s))+")
_FIXED = ("completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy")
_SCHEDULING = ("nodeSelector", "affinity", "tolerations", "schedulingGates")


def job(obj: Obj, old: Obj | None) -> Causes:
    spec = inner(obj, "spec")
    template_labels = inner(inner(inner(spec, "template"), "metadata"), "labels")
    selector = spec.get("selector")
    foreign = isinstance(selector, dict) and not takes(selector, template_labels)
    if old is None and foreign and not spec.get("manualSelector"):
        yield invalid_value(
            "spec.selector", go.label_selector(inner(spec, "selector")), "`selector` not auto-generated"
        )
    yield from _spec(spec, "spec")
    if isinstance(selector, dict):
        yield from labels.selector(selector, "spec.selector")
        yield from template_of_controller(spec, "spec", template_labels)
    if old is not None:
        yield from _changes(spec, inner(old, "spec"), started=bool(inner(old, "status").get("startTime")))


def cron_job(obj: Obj, old: Obj | None) -> Causes:
    spec = inner(obj, "spec")
    before = None if old is None else inner(old, "spec")
    yield from _schedule(spec, before)
    yield from not_negative(spec, "spec", "startingDeadlineSeconds")
    if before is None or before.get("timeZone") != spec.get("timeZone"):
        yield from _zone(spec)
    yield from one_of(spec, "concurrencyPolicy", "spec", _CONCURRENCY)
    inside = inner(inner(spec, "jobTemplate"), "spec")
    yield from _spec(inside, "spec.jobTemplate.spec")
    if inside.get("selector") is not None:
        go_text = go.label_selector(inner(inside, "selector"))
        yield invalid_value("spec.jobTemplate.spec.selector", go_text, "`selector` will be auto-generated")
    if inside.get("manualSelector"):
        yield unsupported_value("spec.jobTemplate.spec.manualSelector", True, ["nil", "false"])
    yield from not_negative(spec, "spec", "successfulJobsHistoryLimit", "failedJobsHistoryLimit")


def _spec(spec: Obj, path: str) -> Causes:
    yield from not_negative(spec, path, *_COUNTS)
    yield from one_of(spec, "completionMode", path, _MODES)
    if spec.get("completionMode") == "Indexed":
        if number(spec, "completions") is None:
            yield required_value(f"{path}.completions", "when completion mode is Indexed")
    else:
        for field in ("backoffLimitPerIndex", "maxFailedIndexes"):
            if number(spec, field) is not None:
                yield invalid_value(f"{path}.{field}", spec[field], "requires indexed completion mode")
    if spec.get("podFailurePolicy") is None:
        yield from one_of(spec, "podReplacementPolicy", path, _REPLACEMENTS)
    yield from pods.template(inner(spec, "template"), f"{path}.template")
    policy, at = inner(inner(spec, "template"), "spec").get("restartPolicy"), f"{path}.template.spec.restartPolicy"
    if policy in (None, "", "Always"):
        yield required_value(at, 'valid values: "OnFailure", "Never"')
    elif policy not in _RESTART:
        yield unsupported_value(at, policy, _RESTART)
    elif spec.get("podFailurePolicy") is not None and policy != "Never":
        yield invalid_value(at, policy, 'only "Never" is supported when podFailurePolicy is specified')


def _changes(spec: Obj, before: Obj, *, started: bool) -> Causes:
    completions = spec.get("completions")
    if completions != before.get("completions"):
        if before.get("completionMode") != "Indexed":
            yield invalid_value("spec.completions", completions, IMMUTABLE)
        elif completions is None or completions != spec.get("parallelism"):
            detail = f"can only be modified in tandem with spec.parallelism: {IMMUTABLE}"
            yield invalid_value("spec.completions", completions, detail)
    if not same(spec.get("selector"), before.get("selector")):
        yield invalid_value("spec.selector", go.label_selector(inner(spec, "selector")), IMMUTABLE)
    movable = bool(before.get("suspend")) and not started
    if not same(_immutable_part(spec, movable), _immutable_part(before, movable)):
        go_text = GoText('core.PodTemplateSpec{ObjectMeta:v1.ObjectMeta{Name:"", …}, Spec:core.PodSpec{…}}')
        yield invalid_value("spec.template", go_text, IMMUTABLE)
    for field in _FIXED:
        if not same(spec.get(field), before.get(field)):
            yield invalid_value(f"spec.{field}", spec.get(field), IMMUTABLE)


def _immutable_part(spec: Obj, movable: bool) -> Obj:
    """The template as far as it cannot change; a suspended Job that never ran may still say where its pods go."""
    template = inner(spec, "template")
    if not movable:
        return template
    return {"spec": {key: value for key, value in inner(template, "spec").items() if key not in _SCHEDULING}}


def _schedule(spec: Obj, before: Obj | None) -> Causes:
    cron = text(spec, "schedule")
    if not cron:
        yield required_value("spec.schedule")
        return
    if "TZ" in cron:
        if before is None or "TZ" not in text(before, "schedule"):
            detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
            yield invalid_value("spec.schedule", cron, detail)
        return
    if _EVERY.fullmatch(cron.strip()):
        return
    try:
        schedule.parse(cron)
    except schedule.CronScheduleError as problem:
        yield invalid_value("spec.schedule", cron, str(problem))


def _zone(spec: Obj) -> Causes:
    if spec.get("timeZone") is None:
        return
    zone = text(spec, "timeZone")
    if not zone:
        yield invalid_value("spec.timeZone", zone, "timeZone must be nil or non-empty string")
        return
    if zone.lower() == "local":
        detail = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
        yield invalid_value("spec.timeZone", zone, detail)
    try:
        schedule.parse("0 0 * * *", zone)
    except schedule.CronScheduleError as problem:
        yield invalid_value("spec.timeZone", zone, str(problem))
