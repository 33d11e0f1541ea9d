"""What DuckDBStore is made of: a folder, a database of rows in it, files of vectors beside it, filters as SQL."""
