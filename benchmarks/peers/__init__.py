"""Other libraries beside ours, each in an environment of its own: which, how they are asked, and how they are measured."""
