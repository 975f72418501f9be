"""Everything that touches the world: files, the network, the clock, stores. With the pipeline the only async code."""
