"""What people write becomes desired profiles: files, settings, selections, acknowledgements. PURE.

Every problem is a located diagnostic, all of them at once. No live value is known here.
"""
