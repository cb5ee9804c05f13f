"""Health sweeps: what is wrong in a cluster, which alarms fire, and what will be trouble one day.

`sweeper` asks every check of `checks` and puts their answers together; a check is a module of its own. A sweep only
reads. What of it becomes an incident is an incident like any other.
"""

from sre_agent.sweep.sweeper import Sweeper

__all__ = ["Sweeper"]
