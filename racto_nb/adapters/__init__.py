"""The low-level layer: one adapter for each provider, for programs that talk to a model without a kit."""
