"""Charts as data: a spec that is checked against the result, a figure, and a twin in text. Pure."""
