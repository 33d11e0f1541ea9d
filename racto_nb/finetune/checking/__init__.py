"""Checks of training data: the rules, the table of them, what providers take, and what is mended."""
