"""The figures of a run, one file each; `@figure` gives a function of a Subject its name."""
