"""What providers share: Graph's replies and calls, and providers that can only be written to."""
