"""From the names that a signal carries to the subjects that exist: conventions, a configured map, and what is found.

Enter at `names`, which ranks what may be meant, and `settle`, which decides by what the cluster says there is.
`sentence.hints` finds names in plain words.
"""

from sre_agent.entities.candidates import Candidate, names
from sre_agent.entities.entity_map import EntityMap
from sre_agent.entities.settle import settle

__all__ = ["Candidate", "EntityMap", "names", "settle"]
