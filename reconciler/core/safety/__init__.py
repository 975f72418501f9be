"""May a change be sent? Gates, approvals, and the rules of the base that hold both. PURE.

A function here permits or stops. It never changes a plan and never makes one.
"""
