"""What is written back into people's files: new values, drafts of profiles, and YAML text. PURE.

A decision about a file's content lives here. Opening, patching and replacing files belongs to `effects/files`.
"""
