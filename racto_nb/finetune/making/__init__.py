"""Training data from what people have already: recorded calls, the ledger, documents, the audit log of a classifier."""
