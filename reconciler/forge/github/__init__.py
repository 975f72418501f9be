"""GitHub's API: calls, replies, waiting and refusals."""
