"""Everything that touches the world: files, git, the network, the clock, secrets and stores.

A module here does one effect and returns a value. What the value means is decided in `core`, and the order of the
effects is decided in `pipeline` and `forge`.
"""
