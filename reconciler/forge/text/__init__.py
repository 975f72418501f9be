"""What people read at a forge, as Markdown and as text. PURE."""
