"""Studies: many trained networks, and what their differences say."""
