"""Jobs that run elsewhere: batches, fine-tunes, and whatever else tells how far it is."""
