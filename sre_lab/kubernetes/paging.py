"""Pages of a list: the tokens that lead from one to the next, and the cluster as the first page saw it.

All pages of a list show one moment. A token names that moment and the last object shown; when the change log no longer
reaches back to it, the list cannot be finished truly and the answer is 410.
"""

from __future__ import annotations

import base64
import json
import re
from bisect import bisect_right
from dataclasses import dataclass

from sre_lab.kubernetes import scalars, text_parsing
from sre_lab.kubernetes.query_selectors import Predicate
from sre_lab.kubernetes.requests import ApiRequest, number
from sre_lab.kubernetes.statuses import ApiStatusError, bad_request, resource_expired
from sre_lab.objects.store import ExpiredError, Obj, ObjectStore

ENCODING = "meta.k8s.io/v1"
_NO_DIGIT = re.compile(r"[^A-Za-z0-9_-]")  # of a token, which is base64
LIVE = -1  # the version in a token that goes on with whatever is there now
INVALID = "invalid continue token: continue key is not valid"
TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
    "deleted between the time the first chunk was returned and now may show up in the list."
)
LIST_TOO_OLD = "The resourceVersion for the provided list is too old."


@dataclass(frozen=True)
class ListPage:
    """The objects of a page, the moment that it shows, and what comes next: `remaining` is None where not counted."""

    objects: list[Obj]
    version: int
    continue_token: str = ""
    remaining: int | None = None


def page(objects: ObjectStore, call: ApiRequest, test: Predicate | None) -> ListPage:
    """The page that a list call asks for, of the objects that pass `test` (None: all). ApiStatusError 400 or 410."""
    version, start = _beginning(objects, call)
    try:
        rows = objects.all_at(version, call.resource.kind, call.namespace)
    except ExpiredError:
        raise _expiration_error(call, start) from None
    begin = bisect_right(rows, _place_behind(start, call), key=_place) if start else 0
    limit = number(call.query, "limit") or 0
    end = begin + limit if limit > 0 else len(rows)
    if test is None:
        left = len(rows) - end
        if left <= 0:
            return ListPage(rows[begin:], version)
        return ListPage(rows[begin:end], version, _token(version, rows[end - 1], call), left)
    items: list[Obj] = []
    for obj in rows[begin:]:
        if not test(obj):
            continue
        if len(items) == limit > 0:
            return ListPage(items, version, _token(version, items[-1], call))
        items.append(obj)
    return ListPage(items, version)


def _beginning(objects: ObjectStore, call: ApiRequest) -> tuple[int, str]:
    """(the version to show, the key behind which to go on)"""
    resource_version = call.query.get("resourceVersion", "")
    if call.query.get("continue"):
        if resource_version not in ("", "0"):
            raise bad_request("specifying resource version is not allowed when using continue")
        version, start = _read(call.query["continue"])
        return (objects.version if version == LIVE else version), start
    if resource_version.isdigit() and call.query.get("resourceVersionMatch") == "Exact":
        return min(int(resource_version), objects.version), ""
    return objects.version, ""


def _expiration_error(call: ApiRequest, start: str) -> ApiStatusError:
    if not start:
        return resource_expired(LIST_TOO_OLD)
    error = resource_expired(TOO_OLD)
    error.status["metadata"] = {"continue": _encode(LIVE, start)}
    return error


def _place(obj: Obj) -> tuple[str, str]:
    meta = obj["metadata"]
    return meta.get("namespace", ""), meta["name"]


def _place_behind(start: str, call: ApiRequest) -> tuple[str, str]:
    namespace, _, name = start.rpartition("/")
    return call.namespace or namespace, name


def _token(version: int, last: Obj, call: ApiRequest) -> str:
    namespace, name = _place(last)
    within = f"{namespace}/" if namespace and not call.namespace else ""
    return _encode(version, f"{within}{name}\0")


def _encode(version: int, start: str) -> str:
    text = json.dumps({"v": ENCODING, "rv": version, "start": start}, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(token: str) -> tuple[int, str]:
    wrong = _NO_DIGIT.search(token)
    if wrong or len(token) % 4 == 1:
        place = wrong.start() if wrong else len(token) - 1
        raise bad_request(f"{INVALID}: illegal base64 data at input byte {place}")
    try:
        content = text_parsing.read_json(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))[0]
    except text_parsing.ParseError as problem:
        raise bad_request(f"{INVALID}: {problem}") from None
    if not isinstance(content, dict):
        json_kind = scalars.json_kind(content)
        raise bad_request(f"{INVALID}: json: cannot unmarshal {json_kind} into Go value of type storage.continueToken")
    encoding, version, start = content.get("v", ""), content.get("rv", 0), content.get("start", "")
    if encoding != ENCODING:
        raise bad_request(f'{INVALID}: server does not recognize this encoded version "{encoding}"')
    if not isinstance(version, int) or not version:
        raise bad_request(f"{INVALID}: incorrect encoded start resourceVersion (version {ENCODING})")
    if not isinstance(start, str) or not start:
        raise bad_request(f"{INVALID}: encoded start key empty (version {ENCODING})")
    return version, start
