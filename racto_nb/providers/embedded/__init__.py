"""Models that run inside the kernel: no server, no account, no key.

The weights are fetched once, on first use, and are checked against a pinned sha256 before anything reads them.
"""
