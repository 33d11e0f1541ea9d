"""Servers that benchmarks talk to, each run as a process of its own."""
