"""A dataset under the hands of a person: its rows, the example that is open, what checks find, and what was done."""
