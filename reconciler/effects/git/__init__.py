"""The only place that runs git, and the only one that knows its words.

Each module answers one question: about the clone, the remote, a revision, the tip of a branch. How the ledger uses git
belongs to `effects/ledger/git.py`.
"""
