"""The answer in words, with every number in it looked up in the rows. Kind: flow."""
