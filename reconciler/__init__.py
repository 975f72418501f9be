"""Plan, review and apply WhatsApp Business profiles from YAML files in git. docs/architecture.md is the map."""
