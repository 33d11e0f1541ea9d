"""A prompt in the making: its form, what is wrong with it, its versions, and what models make of it, whole and in parts."""
