"""What every store keeps to, a part for each topic; `sre_agent.store.Store` is their sum.

A part is one file here, one in each technology, and one in the conformance body of `tests/slots`.
"""
