"""What a run came to, as values. Text, JSON, pages and exit codes are made from them.

A report decides nothing and knows no form: what is sent is decided in `safety`, and how it is shown in `render`.
"""
