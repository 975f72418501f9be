"""Desired, live, memory and base become a plan. PURE.

Whatever explains why a change exists lives here. What may be sent is decided in `safety`. What a field can hold stands
in `core/fields.py`.
"""
