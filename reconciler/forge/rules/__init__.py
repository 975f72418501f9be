"""What is written at a forge, and what counts there: rules over values. PURE.

No call and no sentence for people lives here, except for the reason why something does not count.
"""
