"""Vectors of length one in rows, and which of them lie nearest to another one: by a scan that misses none, or by a graph."""
