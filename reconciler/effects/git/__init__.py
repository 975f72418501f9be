"""The only place that runs git, and its words."""
