"""The kubelet of every node: runs the pods that are bound to it and reports what they do.

Nothing here is told what a pod's status should be. Status, events and logs follow from the behaviour of the images,
from the objects of the cluster and from time, so a remedy heals by the same rules by which the fault hurt.
"""

from __future__ import annotations

from sre_lab.behaviour.kubelet.kubelet import start

__all__ = ["start"]
