"""The service over HTTP: who may call, what is accepted and refused, and what is followed."""
