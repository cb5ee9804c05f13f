"""The AWS services that keep the state: one way to ask them, and one definition of each table, queue and bucket."""
