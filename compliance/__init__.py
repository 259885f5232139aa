"""The first floor: what must be remembered, what may be stopped, what is said to people."""
