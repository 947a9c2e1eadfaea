"""The figures of a run; `@figure` gives a function of a FigureContext its name."""
