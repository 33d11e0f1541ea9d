"""Values made visible: sanitised HTML with a text twin, live or static."""
