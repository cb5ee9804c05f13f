"""Opens the saver in which LangGraph keeps the steps of each run; LangGraph defines the contract.

Every saver here reads through `serializer`, which builds a closed list of types, and raises CheckpointError for the
rest.
"""

from __future__ import annotations

from typing import Final

ODD: Final = (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError)
"""What it ends in when something is read that has a form which no run writes."""
UNTRUSTED: Final = (
    "The checkpoint of incident {incident} cannot be trusted ({why}), so nothing of it was loaded: find out who can"
    " write the state folder before you start anything from it again."
)
ODD_FORM: Final = "a row of it has a form that no run writes"
