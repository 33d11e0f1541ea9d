"""Questions to a database beside the cells: tables, statements with the guard's word on them, rows, charts, checked answers."""
