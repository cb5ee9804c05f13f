"""The engine: weighs observations against the failure catalogue, tells cause from symptom, and says what is missing.

Enter at `Engine.weigh`; `remedies.options` says what may be done about its diagnosis, `recovery.verify` whether it
helped. Pure: nothing here asks anybody anything.
"""

from sre_agent.diagnosis.engine import Engine

__all__ = ["Engine"]
