"""The read models: pure folds of accepted events, and what is kept beside them."""
