"""Queries of metric data: evaluated over metrics, metric math and anomaly bands, labelled, and answered in pages."""
