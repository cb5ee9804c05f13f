"""Values as Go prints them, which is how the API shows what it refuses."""

from __future__ import annotations

import re
from typing import Any

from sre_lab.kubernetes.statuses import GoText

Obj = dict[str, Any]
_NUMBER = re.compile(r"^([+-]?)0*(\d*)(?:\.(\d*))?([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$")
_POWERS = {"": 0, "n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}


def quote(text: Any) -> str:
    escaped = str(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def string_map(values: Any) -> GoText:
    if not isinstance(values, dict):
        return GoText("map[string]string(nil)")
    return GoText("map[string]string{" + ", ".join(f"{quote(k)}:{quote(v)}" for k, v in sorted(values.items())) + "}")


def strings(values: Any, type_: str = "string") -> GoText:
    if not isinstance(values, list):
        return GoText(f"[]{type_}(nil)")
    return GoText(f"[]{type_}{{" + ", ".join(quote(v) for v in values) + "}")


def label_selector(selector: Obj) -> GoText:
    expressions = "[]v1.LabelSelectorRequirement(nil)"
    if isinstance(selector.get("matchExpressions"), list) and selector["matchExpressions"]:
        requirements = ", ".join(
            f"v1.LabelSelectorRequirement{{Key:{quote(e.get('key', ''))}, Operator:{quote(e.get('operator', ''))}, "
            f"Values:{strings(e.get('values'))}}}"
            for e in selector["matchExpressions"]
            if isinstance(e, dict)
        )
        expressions = f"[]v1.LabelSelectorRequirement{{{requirements}}}"
    labels = string_map(selector.get("matchLabels"))
    return GoText(f"v1.LabelSelector{{MatchLabels:{labels}, MatchExpressions:{expressions}}}")


def int_or_string(value: Any) -> GoText:
    if isinstance(value, str):
        return GoText(f"intstr.IntOrString{{Type:1, IntVal:0, StrVal:{quote(value)}}}")
    return GoText(f'intstr.IntOrString{{Type:0, IntVal:{value}, StrVal:""}}')


def quantity(value: Any) -> GoText:
    """The fields of a resource.Quantity that was read from `value`."""
    plain = str(value)
    match = _NUMBER.match(plain)
    if match is None:
        return GoText(quote(plain))
    sign, whole, fraction, suffix = match.group(1), match.group(2), match.group(3) or "", match.group(4) or ""
    digits = int(whole + fraction or "0") * (-1 if sign == "-" else 1)
    if suffix.endswith("i"):
        form, scale = "BinarySI", -len(fraction)
        digits *= 1024 ** ("KMGTPE".index(suffix[0]) + 1)
    elif suffix[:1] in ("e", "E") and suffix[1:]:
        form, scale = "DecimalExponent", int(suffix[1:]) - len(fraction)
    else:
        form, scale = "DecimalSI", _POWERS[suffix] - len(fraction)
    amount = f"i:resource.int64Amount{{value:{digits}, scale:{scale}}}, d:resource.infDecAmount{{Dec:(*inf.Dec)(nil)}}"
    return GoText(f'resource.Quantity{{{amount}, s:{quote(plain)}, Format:"{form}"}}')
