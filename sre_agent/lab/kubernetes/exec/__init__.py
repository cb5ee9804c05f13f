"""What happens inside a container when a client runs a command there.

Containers of the lab are facts, not machines: a few programs answer from those facts (files that are mounted, the
environment, what the Services of the cluster do), every other one is not in the image.
"""
