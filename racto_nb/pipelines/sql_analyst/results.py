"""What a question to a database gives: SQL, verdict, rows, chart, answer, and what went wrong. Pure values."""
