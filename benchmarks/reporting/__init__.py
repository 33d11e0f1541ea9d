"""What is made of the figures: files of results, a page, and a gate that stops what has become slower."""
