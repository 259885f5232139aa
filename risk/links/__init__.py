"""What customers share: devices, phones, addresses, employers, emergency contacts, payees.

It owns the edges from customers to the things they share, how many people each thing connects,
and the groups that follow. It refuses to judge: that somebody's neighbour is restricted is a
signal like any other, and what may follow from it is limited in `risk.policies`.
"""
