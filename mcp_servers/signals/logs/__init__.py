"""From lines of logs to what they say: records, levels, kinds of lines, and signs of known troubles."""
