"""An independent stand-in for the providers' APIs, for trying things out and for tests.

It imports nothing else of `reconciler`: what judges the tool shares no code with it. What it imitates, which ids and
tokens are special and how to ask for faults is written in README.md beside this file.

What a server does lives here, told from its documents. A value of the program, or a function of it, may not.

Importing this package is cheap; Starlette and SQLite are loaded by the first `create_app`.
"""
