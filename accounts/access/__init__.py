"""Access: which customer may use which product, derived from active restrictions. Only writer.

Never set directly: most severe restriction wins, and when the last cause lifts, access reopens.
A switch (compliance.switches) lies over it and narrows what is effective; it never rewrites it.
"""
