"""Values into text, PURE. `safe_text` is the only door through which foreign text reaches a person."""
