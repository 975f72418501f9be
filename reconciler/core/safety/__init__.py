"""May a change be sent? Gates, approvals, and the rules that hold both. PURE.

Nothing here changes a plan: it permits or stops.
"""
