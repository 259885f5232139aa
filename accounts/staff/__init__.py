"""The lender's own people: staff users, their roles, second factor and sessions."""
