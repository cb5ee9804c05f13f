"""PromQL over the lab's samples: read by `parser`, evaluated by `evaluation` at all moments of a query at once.

Native histograms, the experimental functions and duration expressions are not part of it.
"""
