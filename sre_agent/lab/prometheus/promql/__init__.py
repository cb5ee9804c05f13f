"""The part of PromQL that the lab's Prometheus answers; anything else is refused with its place."""
