"""What makes the site out of the Markdown pages and the code: used by conf.py alone."""
