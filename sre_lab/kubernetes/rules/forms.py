"""The forms that names, keys, ports and addresses have to have, and what the API says of a text that has another one.

Each function gives the complaints about one text, none when it is well formed.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_network

Problems = tuple[str, ...]

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_SERVICE = "[a-z]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = f"({_QUALIFIED})?"
_CONFIG_KEY = "[-._a-zA-Z0-9]+"
_WILDCARD = rf"\*\.{_SUBDOMAIN}"
_PERCENT = "[0-9]+%"
PORT_RANGE = "must be between 1 and 65535, inclusive"


def _wrong(message: str, pattern: str, *examples: str) -> str:
    example_list = "".join(f"'{e}', " if place == 0 else f" or '{e}', " for place, e in enumerate(examples))
    return f"{message} (e.g. {example_list}regex used for validation is '{pattern}')"


def _longest(characters: int) -> str:
    return f"must be no more than {characters} characters"


_LABEL_TEXT = _wrong(
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character",
    _LABEL,
    "my-name",
    "123-abc",
)
_SUBDOMAIN_TEXT = _wrong(
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character",
    _SUBDOMAIN,
    "example.com",
)
_SERVICE_TEXT = _wrong(
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character",
    _SERVICE,
    "my-name",
    "abc-123",
)
_QUALIFIED_TEXT = _wrong(
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    _QUALIFIED,
    "MyName",
    "my.name",
    "123-abc",
)
_VALUE_TEXT = _wrong(
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character",
    _VALUE,
    "MyValue",
    "my_value",
    "12345",
)
_CONFIG_KEY_TEXT = _wrong(
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    _CONFIG_KEY,
    "key.name",
    "KEY_NAME",
    "key-name",
)
_WILDCARD_TEXT = _wrong(
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of "
    "lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
    _WILDCARD,
    "*.example.com",
)
_PERCENT_TEXT = _wrong(
    "a valid percent string must be a numeric string followed by an ending '%'", _PERCENT, "1%", "93%"
)
_HEADER = "[-A-Za-z0-9]+"
_HEADER_TEXT = _wrong("a valid HTTP header must consist of alphanumeric characters or '-'", _HEADER, "X-Header-Name")
_VARIABLE_TEXT = "a valid environment variable name must consist only of printable ASCII characters other than '='"
_FORMS = {
    p: re.compile(p)
    for p in (_LABEL, _SUBDOMAIN, _SERVICE, _QUALIFIED, _VALUE, _CONFIG_KEY, _WILDCARD, _PERCENT, _HEADER)
}
_FORMS["variable"] = re.compile(r"[ -<>-~]*")


def _is(pattern: str, text: str) -> bool:
    return _FORMS[pattern].fullmatch(text) is not None


@lru_cache(maxsize=8192)
def label(text: str) -> Problems:
    """A DNS label: names of containers, volumes, namespaces."""
    problems = [_longest(63)] if len(text) > 63 else []
    if not _is(_LABEL, text):
        problems.append("must not contain dots" if _is(_SUBDOMAIN, text) else _LABEL_TEXT)
    return tuple(problems)


@lru_cache(maxsize=8192)
def subdomain(text: str) -> Problems:
    """A DNS subdomain: the names of most objects."""
    problems = [_longest(253)] if len(text) > 253 else []
    return tuple(problems if _is(_SUBDOMAIN, text) else [*problems, _SUBDOMAIN_TEXT])


def service_name(text: str) -> Problems:
    problems = [_longest(63)] if len(text) > 63 else []
    return tuple(problems if _is(_SERVICE, text) else [*problems, _SERVICE_TEXT])


def path_segment(text: str) -> Problems:
    """A name that only has to fit into a URL: roles and their bindings."""
    if text in (".", ".."):
        return (f"may not be '{text}'",)
    return tuple(f"may not contain '{sign}'" for sign in "/%" if sign in text)


def wildcard_subdomain(text: str) -> Problems:
    problems = [_longest(253)] if len(text) > 253 else []
    return tuple(problems if _is(_WILDCARD, text) else [*problems, _WILDCARD_TEXT])


@lru_cache(maxsize=8192)
def qualified_name(text: str) -> Problems:
    """A key of labels and annotations: an optional DNS prefix, a slash, a name."""
    parts = text.split("/")
    if len(parts) > 2:
        more = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        return (f"a qualified name {_QUALIFIED_TEXT} {more}",)
    problems: list[str] = []
    if len(parts) == 2:
        wrong = subdomain(parts[0]) if parts[0] else ("must be non-empty",)
        problems += [f"prefix part {problem}" for problem in wrong]
    name = parts[-1]
    if not name:
        problems.append("name part must be non-empty")
    elif len(name) > 63:
        problems.append(f"name part {_longest(63)}")
    if not _is(_QUALIFIED, name):
        problems.append(f"name part {_QUALIFIED_TEXT}")
    return tuple(problems)


@lru_cache(maxsize=8192)
def label_value(text: str) -> Problems:
    problems = [_longest(63)] if len(text) > 63 else []
    return tuple(problems if _is(_VALUE, text) else [*problems, _VALUE_TEXT])


def config_key(text: str) -> Problems:
    """A key of a ConfigMap or a Secret."""
    problems = [_longest(253)] if len(text) > 253 else []
    if not _is(_CONFIG_KEY, text):
        problems.append(_CONFIG_KEY_TEXT)
    if text in (".", ".."):
        problems.append(f"must not be '{text}'")
    elif text.startswith(".."):
        problems.append("must not start with '..'")
    return tuple(problems)


def variable_name(text: str) -> Problems:
    """An environment variable's name, by the relaxed rule that 1.32 has by default."""
    return () if _is("variable", text) else (_VARIABLE_TEXT,)


def header_name(text: str) -> Problems:
    return () if _is(_HEADER, text) else (_HEADER_TEXT,)


@lru_cache(maxsize=1024)
def port_name(text: str) -> Problems:
    problems = [_longest(15)] if len(text) > 15 else []
    if not re.fullmatch("[-a-z0-9]+", text):
        problems.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search("[a-z]", text):
        problems.append("must contain at least one letter (a-z)")
    if "--" in text:
        problems.append("must not contain consecutive hyphens")
    if text.startswith("-") or text.endswith("-"):
        problems.append("must not begin or end with a hyphen")
    return tuple(problems)


def port_number(number: int) -> Problems:
    return () if 1 <= number <= 65535 else (PORT_RANGE,)


def percent(text: str) -> Problems:
    return () if _is(_PERCENT, text) else (_PERCENT_TEXT,)


def address(text: str) -> Problems:
    return () if is_address(text) else ("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",)


def is_address(text: str) -> bool:
    for form in (IPv4Address, IPv6Address):
        try:
            form(text)
        except AddressValueError:
            continue
        return True
    return False


def network(text: str) -> Problems:
    """An address range; the bits behind its length may be set, as the server lets them be."""
    try:
        ip_network(text, strict=False)
    except ValueError:
        valid = False
    else:
        valid = re.search(r"/\d+$", text) is not None
    return () if valid else ("must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",)
