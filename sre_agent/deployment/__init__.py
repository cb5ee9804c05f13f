"""Puts the responder where it is to run, a folder for each place."""
