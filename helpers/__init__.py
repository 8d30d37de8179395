"""The package the notebooks share: data, descent, live figures, checks and review."""
