"""Plan, review and apply WhatsApp Business profiles from YAML files in git."""
