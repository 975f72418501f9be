"""What two providers or more have in common: Graph's replies and calls, and APIs that can only be written to.

What only one provider needs lives in that provider's file. Nothing here is a provider.
"""
