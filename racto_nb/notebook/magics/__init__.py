"""The magics. Each parses a line, calls one public verb, and displays the value."""
