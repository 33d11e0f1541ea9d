"""What the ways past one machine share: questions and answers as data, what is tried again, and frames that are mapped."""
