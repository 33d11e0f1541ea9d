"""What a database holds: read once per source, filtered per pipeline, written down for a model."""
