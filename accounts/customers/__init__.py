"""The customer: profile, contact data, employment and consent; personal data stays sealed.

Values are encrypted one by one and found by keyed fingerprints. Nothing decrypts by accident:
reading one is an explicit call, showing it to a person is a recorded reveal with a reason.
"""
