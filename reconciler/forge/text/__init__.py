"""What people read at a forge, as Markdown and as text. PURE.

Only sentences and their layout live here. Text from elsewhere passes `render/safe_text.py` first.
"""
