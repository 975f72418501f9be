"""What the `github` commands do: a page or a commit → what is written at GitHub, or read from it, and a value to show.

They are other processes in other jobs than plan, apply and drift, and hold no credential of a provider: whatever fails
here changes nothing of what was found there.
"""
