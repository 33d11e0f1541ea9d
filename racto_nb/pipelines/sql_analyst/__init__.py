"""Questions in plain language to a database: SQL that is guarded twice, rows, a chart from a spec, a checked answer."""
