"""Live namespaces of our own making, in each of which one remedy is rehearsed and then carried out.

What a rehearsal said is compared with what then happened. The live namespace knows what a copy cannot: which images its
registry has, what each program does, which ports it opens. A family is a way in which a namespace breaks, with remedies
that are right, useless and harmful for it. To add one: a function under `@family` in a file `families_*.py`.
"""
