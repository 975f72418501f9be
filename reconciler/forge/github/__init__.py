"""GitHub's API: calls, replies, waiting and refusals.

What GitHub is taken to do stands in APIS.md beside this file. What is said there, and when, belongs to `forge/rules`
and `forge/text`.
"""
