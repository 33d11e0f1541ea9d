"""Both sides of a comparison for each API: our kit, and the vendor's SDK with the same question to the same server."""
