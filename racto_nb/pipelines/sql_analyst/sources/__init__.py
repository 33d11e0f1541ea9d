"""Lock two: databases, files and frames that run one reading statement within limits."""
