"""A question and a response make a grade: pure functions, one file a kind."""
