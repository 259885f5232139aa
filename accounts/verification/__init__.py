"""Is this person who they say? Identity checks, the bureau record, and where the two differ.

Rules for the resident identity number: GB 11643-1999 (check digit ISO 7064 MOD 11-2, region
GB/T 2260, birth date). Refuses to decide anything about credit.
"""
