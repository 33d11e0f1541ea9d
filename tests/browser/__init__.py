"""A package, so that its fixtures of package scope end with its last test: no event loop of Playwright's outlives them."""
