"""From a question to statements: asking for SQL, reading it from the answer, mending it, comparing candidates."""
