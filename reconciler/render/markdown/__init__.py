"""Reports as Markdown for pull requests, summaries and issues: a report → a sheet, and a sheet → a text that fits."""
