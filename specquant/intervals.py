"""What intervals are made of."""

Z90 = 1.6448536
"""Standard deviations on either side of a 90 % interval of the normal distribution."""
