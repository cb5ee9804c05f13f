"""Why a name led to nothing, as a sentence that offers what is near."""

from __future__ import annotations

from sre_agent.entities.lookup import AbsentEntity, AmbiguousEntity, UnavailableEntity, Unmet


def sentence(unmet: Unmet) -> str:
    """One line; empty for a word that nobody claimed to be a name."""
    if unmet.says:
        return unmet.says
    match unmet:
        case UnavailableEntity():
            return str(unmet.refusal)
        case AbsentEntity():
            return _absent(unmet) if unmet.is_claim else ""
        case AmbiguousEntity():
            return _ambiguous(unmet)


def _absent(unmet: AbsentEntity) -> str:
    where = f" in namespace {unmet.namespace}" if unmet.namespace else ""
    what = f"no {unmet.kind}" if unmet.kind else "nothing"
    offer = f"Similar names: {', '.join(unmet.choices)}." if unmet.choices else "No similar name exists."
    return f"There is {what} named {unmet.name}{where}{_said_in(unmet)}. {offer}"


def _ambiguous(unmet: AmbiguousEntity) -> str:
    which = ", ".join(unmet.choices)
    if unmet.differ_in == "kind":
        return f"{unmet.name}{_said_in(unmet)} is several things: {which}. Name the kind that is meant."
    return f"{unmet.name}{_said_in(unmet)} is in several namespaces: {which}. Name the namespace that is meant."


def _said_in(unmet: AbsentEntity | AmbiguousEntity) -> str:
    return f" ({unmet.said_in})" if unmet.said_in else ""
