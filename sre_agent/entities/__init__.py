"""From the names that a signal carries to the subjects that exist: conventions, a configured map, and what is found.

Enter at `names` or `tiers`, which rank what may be meant, and `settle`, which decides by what there is. `claims` says
what the signal says of them.
`sentence.hints` finds names in plain words.
"""

from sre_agent.entities.candidates import NAMESPACE, EntityCandidate, hosts, names, namespace_of, tiers
from sre_agent.entities.claims import claims
from sre_agent.entities.conventions import AWS_KINDS
from sre_agent.entities.entity_map import EntityMap
from sre_agent.entities.lookup import AbsentEntity, AmbiguousEntity, Lookup, ResolvedEntity, UnavailableEntity, Unmet
from sre_agent.entities.settle import settle

__all__ = [
    "AWS_KINDS",
    "NAMESPACE",
    "AbsentEntity",
    "AmbiguousEntity",
    "EntityCandidate",
    "EntityMap",
    "Lookup",
    "ResolvedEntity",
    "UnavailableEntity",
    "Unmet",
    "claims",
    "hosts",
    "names",
    "namespace_of",
    "settle",
    "tiers",
]
