"""Reports as Markdown for pull requests, summaries and issues: a report → a sheet, and a sheet → a text that fits.

One module is one subject, and shares its name with the module in `render/text`. What only a forge says about its own
comments and issues belongs to `forge/text`.
"""
