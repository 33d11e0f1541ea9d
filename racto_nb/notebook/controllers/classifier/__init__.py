"""What a classifier panel does: labels, rows, doubts, and a person who labels what is not sure. Pure."""
