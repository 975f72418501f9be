"""GitLab's API: calls, replies and refusals, behind the same port as GitHub's.

What GitLab is taken to do stands in APIS.md beside this file. What is said there, and when, belongs to `forge/rules`
and `forge/text`.
"""
