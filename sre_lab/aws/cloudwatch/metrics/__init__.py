"""Metrics as CloudWatch keeps and shows them: stored, listed, summed up to periods, read back."""
