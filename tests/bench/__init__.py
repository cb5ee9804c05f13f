"""The figures that matter, measured on this machine: one module for each area, found by its `figures` function."""
