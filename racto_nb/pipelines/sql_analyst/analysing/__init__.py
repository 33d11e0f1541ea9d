"""What is computed from the rows after the query: a plan of named operations, carried out by polars."""
