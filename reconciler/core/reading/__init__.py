"""The text that people write becomes desired profiles: files, settings, selections, acknowledgements. PURE.

A check that needs only the files lives here. Every problem is a located diagnostic, and all of them come at once. No
live value and no memory is known here.
"""
