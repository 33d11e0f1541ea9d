"""Lock one: what a statement may be and read, found by parsing it. Pure."""
