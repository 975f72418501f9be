"""Plan, review and apply WhatsApp Business profiles from YAML files in git. docs/architecture.md is the map."""

# Also in pyproject.toml. Asking the installed package for it would take longer than everything else that says it.
VERSION = "0.1.0"
