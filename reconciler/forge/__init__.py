"""The wing that speaks to GitHub: its only inputs are the documents that jobs hand over, and the environment."""
