"""Looking into a RactoRAG: what it holds, what a question finds and why, a map of its vectors, an answer that cites."""
