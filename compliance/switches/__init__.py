"""Emergency switches and maintenance: a mask over stored access that only ever narrows.

Guarantee: once the request that turns a switch on has returned, no decision commits under the
old state. Deciders hold a shared advisory lock per scope until they commit; turning on or
releasing takes it exclusively. Refuses to know access or customers.
"""
