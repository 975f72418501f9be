"""One command a file: its options, one call of a run, one call of a renderer, and the exit code.

What all commands share stands above: what flags mean, where output goes, how a command ends.
"""
