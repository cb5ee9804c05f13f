"""From a series of numbers to what it shows: its level, trend, spikes, cycle, and whether it ended."""
