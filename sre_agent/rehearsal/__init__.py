"""The rehearsal of a remedy: the live namespace is copied into the lab, and it is tried there by the same tools.

What Kubernetes decides is decided in the copy as in the cluster: scheduling, quotas, references, selectors, claims,
budgets. What a program decides is not: a container counts as known to run well only where the same container is, or
was, ready in the live cluster. Nothing is claimed beyond that. Only reads reach the live cluster.

`compose` alone opens it, where the lab is installed; it alone uses the lab, and the Kubernetes server within this
process: one that is started for a few seconds costs more than all the rest of a rehearsal.
"""
