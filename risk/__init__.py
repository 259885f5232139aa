"""The third floor: what is decided about a customer, and on what grounds."""
