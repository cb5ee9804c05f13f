"""Anomaly detection: what a metric is expected to be, learnt from its own past, and the band around it.

CloudWatch does not publish its model. This one is ours and deliberately simple (see `model`), so that a person can
check by hand why a value lies outside the band.
"""
