"""What the program knows, as values and functions. PURE: no I/O, clock, randomness, async or logging.

The files beside this one are the vocabulary, and the reports that stand on top of everything. A rule about one subject
lives in that subject's folder: reading, memory, planning, safety, authoring. Each folder may import those before it in
this order. No rule asks which provider it is for: a provider's `Traits` say what is different there.
"""
