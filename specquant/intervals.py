"""What intervals are made of."""

Z90 = 1.6448536
"""Standard deviations on either side of a 90 % interval of the normal distribution."""

MEDIAN_SIZE = 0.6745
"""Median of the absolute value of a normal deviation, over its standard deviation."""
