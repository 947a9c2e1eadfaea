"""What `eval`, `eval-metrics` and `encode` do: scores of runs and of files, with their figures."""
