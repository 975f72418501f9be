"""Desired, live, memory and base become a plan. PURE.

What may be sent is decided in `safety`; what a field can hold stands in `fields`.
"""
