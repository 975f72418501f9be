"""What is written back into people's files, as values and as YAML text. PURE.

Writing the files themselves belongs to `effects/files`.
"""
