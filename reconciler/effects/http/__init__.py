"""Calls to the providers: connections, accounts, and one client each for reading and for writing."""
