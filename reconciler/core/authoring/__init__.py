"""What is written into people's files: new values, drafts of profiles, YAML text, and a new repository's files. PURE.

A decision about a file's content lives here. Opening, patching and replacing files belongs to `effects/files`.
"""
