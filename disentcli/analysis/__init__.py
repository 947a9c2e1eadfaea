"""Looking at trained models: inference in batches, mean losses, figures, tables and the report."""
