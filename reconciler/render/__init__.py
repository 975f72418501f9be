"""Values into text. PURE.

Every form of a result lives here: text, Markdown, JSON, schemas. `safe_text` is the only door through which foreign
text reaches a person. What a report does not say is neither decided nor looked up here.
"""
