"""Processes of tests that start in a tenth of a second: as copies of one that has everything loaded.

A lab, a server and a command are processes of their own in tests as everywhere. What they cost is the loading of their
modules, seconds of the same each time. So one process loads it all (`zygote`), and forks where a test or the product
would start Python again (`copies`). A lab at a fixed present is forked after its past (`worlds`). Nothing of a true
start is missing: a copy is a child of who started it, with its command line, environment, folder, streams, session,
signals and exit status (`test_copies`).

So are the workers of pytest-xdist, each with a process of its own to copy.

What is copied is code that is given by -c, and the modules in `orders`. A test that asks for the fixture `true_start`
starts everything truly: each module has such a test, and so has what is about the loading of modules.
"""
