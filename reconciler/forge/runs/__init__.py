"""What each command at a forge does, as a sequence of steps: ask, decide, write.

A step calls a client, a rule or a text. A rule that can be said without a client belongs to `forge/rules`.
"""
