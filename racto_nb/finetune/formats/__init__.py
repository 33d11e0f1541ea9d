"""Between training examples and the JSON records of each format. Pure: no file is read or written here.

`racto_nb.finetune.formats.format` has `format_named` and `detected`.
"""
