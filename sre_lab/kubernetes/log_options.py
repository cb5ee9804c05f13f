"""Which numbers the query of a log can hold; the server looks at them before it looks for the pod."""

from __future__ import annotations

import re

from sre_lab.kubernetes.kinds import ApiResource
from sre_lab.kubernetes.requests import ApiRequest
from sre_lab.kubernetes.statuses import StatusCause, bad_request, forbidden_value, invalid, invalid_value

_OPTIONS = ApiResource("", "v1", "podlogoptions", "PodLogOptions")
_LEAST = (
    ("tailLines", 0, "must be greater than or equal to 0"),
    ("limitBytes", 1, "must be greater than 0"),
    ("sinceSeconds", 1, "must be greater than 0"),
)


def check(call: ApiRequest) -> None:
    """ApiStatusError 400 for what is no number, 422 for numbers that make no sense."""
    causes: list[StatusCause] = []
    both = bool(call.query.get("sinceSeconds")) and bool(call.query.get("sinceTime"))
    for name, least, text in _LEAST:
        value = call.query.get(name, "")
        if not value:
            continue
        if not re.fullmatch(r"[+-]?\d+", value):
            raise bad_request(f'strconv.ParseInt: parsing "{value}": invalid syntax')
        if int(value) < least and not (both and name == "sinceSeconds"):
            causes.append(invalid_value(name, int(value), text))
    if both:
        causes.append(forbidden_value("", "at most one of `sinceTime` or `sinceSeconds` may be specified"))
    if causes:
        raise invalid(_OPTIONS, call.name, causes)
