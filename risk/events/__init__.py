"""What happened: the lender's events, each kept once and at its own time, and counts over them.

It owns the log (partitioned by month), the keys that make every event count once, and windows:
how many, how much, how long ago, as of any asked-for moment. It refuses to know what a count
means for anybody's access; that is the catalogue's (`risk.signals`) and the policy's business.
"""
