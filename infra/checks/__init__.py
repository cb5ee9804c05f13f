"""Checks of the infrastructure code that need neither an account nor the network."""
