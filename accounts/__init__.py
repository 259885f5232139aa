"""The second floor: who the customer is and what they may use now."""
