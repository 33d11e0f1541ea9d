"""Questions to a database, from the words to the answer. Kind: flow."""
