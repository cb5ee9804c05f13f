"""Metric math: expressions as text, what they refer to, and the series that come of them."""
