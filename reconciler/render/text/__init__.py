"""Reports as text for a terminal, one module for each subject. PURE.

Colours are always in it; the command line takes them out where they are not seen. Printing belongs to `cli/output.py`.
"""
