"""An independent stand-in for the providers' APIs, for trying things out and for tests.

It imports nothing else of `reconciler`, so that the tests share no code with the tool that they judge. README.md beside
this file says what it imitates, which ids and tokens are special, and how to ask for faults.

What a server does lives here, told from its documents. A value of the program, or a function of it, may not.

Importing this package is cheap; the first `create_app` loads Starlette and SQLite.
"""
