"""Personal data and secrets in training examples: found, shown masked, replaced by placeholders; and two checks of balance."""
