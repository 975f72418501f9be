"""Reports as one page for a browser: a file that needs no network, no other file, and no script to be read.

Foreign text enters a page in `elements.py` alone. Nothing here writes mark-up around a text by hand.
"""
