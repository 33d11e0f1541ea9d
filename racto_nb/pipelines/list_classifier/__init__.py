"""Texts sorted by a list of labels, with a confidence that means something."""
