"""Reports as text for a terminal, one module for each subject. PURE."""
