"""What a fit says in the end: composition, detection limits, remarks, and signs of how far it can be believed."""
