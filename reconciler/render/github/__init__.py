"""What is written at GitHub, and what the `github` commands say of it."""
