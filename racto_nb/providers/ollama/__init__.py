"""Ollama: models that a server on this machine, or in the network, runs. Its own API, not the one it imitates."""
