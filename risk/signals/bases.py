"""What allows a signal's use, a sentence each.

Articles and dates are those of the laws' published texts; whether an article carries the use a
lender makes of a signal is a lawyer's question, and every sentence says so.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

CONTRACT = _(
    "Necessary to conclude and perform the credit contract (Personal Information Protection Law "
    "of the PRC, art. 13(1)(2), in force since 2021-11-01). A lawyer must confirm this."
)
SCORE = _(
    "Consent of the customer (Personal Information Protection Law of the PRC, art. 13(1)(1), in "
    "force since 2021-11-01); a decision made by machine must be transparent and fair, and can be "
    "objected to (art. 24). A lawyer must confirm this."
)
IDENTITY = _(
    "Necessary for the credit contract and for statutory duties to know the customer (Personal "
    "Information Protection Law of the PRC, art. 13(1)(2) and (3), in force since 2021-11-01). "
    "A lawyer must confirm this."
)
BUREAU = _(
    "Written consent of the customer to a bureau query for an agreed purpose (Regulation on the "
    "Administration of the Credit Reporting Industry, art. 18, in force since 2013-03-15), used "
    "for no other purpose (art. 20). A lawyer must confirm this."
)
INCOME = _(
    "Consent of the customer; a credit bureau may hold income only with written consent "
    "(Regulation on the Administration of the Credit Reporting Industry, art. 14, in force since "
    "2013-03-15). A lawyer must confirm this."
)
DEVICES = _(
    "Consent of the customer to device and contact data, no more than preventing fraud needs "
    "(Personal Information Protection Law of the PRC, art. 6 and art. 13(1)(1), in force since "
    "2021-11-01). Customers are never told about each other. A lawyer must confirm this."
)
