"""What earlier runs left behind: records, the lease, runs, and how each is written down. PURE.

Memory explains a change. A function here never supplies a value that is sent, and never opens a store.
"""
