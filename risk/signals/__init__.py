"""What is known about a customer that policies may use: a typed catalogue and current values."""
