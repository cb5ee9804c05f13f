"""Questions to CloudWatch: series, log groups, queries with their cost, and the service graph."""
