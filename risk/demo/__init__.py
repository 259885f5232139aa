"""The fictional lender of `make demo`: five thousand customers and their year.

Written through the services everybody uses, in one transaction: it is there whole or not at all.
Every person is invented. Identity numbers have right check digits and the sequence 000, which no
register gives out; phone numbers begin with 126, which no mobile number does; mail goes to
example.com (RFC 2606). Refuses to run outside the demo mode.
"""
