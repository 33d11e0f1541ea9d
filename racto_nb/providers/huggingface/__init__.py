"""Hugging Face: the router to its inference providers, and servers of one's own (TGI, vLLM, llama.cpp) by their address."""
