"""What is made of the record: its check, the file that goes out with an incident, and looking back with it.

`domain.record` says what an entry is and how entries are chained; stores keep them.
"""
