"""Where the runs of a sweep are made: one after another, in processes side by side, or on a cluster."""
