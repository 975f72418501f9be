"""When two values are one, and in what two values differ.

Here live the kinds of value, their spellings, and the characters that a reader cannot tell apart. What a difference is
worth, and why it is there, belongs to `planning`.
"""
