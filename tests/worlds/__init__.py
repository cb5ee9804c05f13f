"""Recorded worlds (`sre-world/1`) made of parts, with the answers that are right: abilities measured on what varies.

A file `ability_*.py` holds the situations of one ability. Each is a function of a seed: names, layout, numbers, wording
and bystanders differ from seed to seed. Half of the situations, chosen by a hash of their names, are kept aside: nobody
looks at their failures while rules are written. `python -m tests.worlds` prints the table.
"""
