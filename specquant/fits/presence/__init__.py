"""Which elements are in a sample: the evidence for each, elements taken up, dropped and exchanged, and their states."""
