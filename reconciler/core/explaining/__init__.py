"""What each word of a message means, for `reconciler explain` and docs/messages.md.

A new code, gate or origin gets its explanation here, in the file of its subject. A test compares the words with the
program, both ways, and holds every example against `validate`.
"""
