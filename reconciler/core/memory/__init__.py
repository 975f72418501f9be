"""What earlier runs left behind: records, the lease, runs, and how they are written down. PURE.

Memory explains a change. It never supplies a value that is sent.
"""
