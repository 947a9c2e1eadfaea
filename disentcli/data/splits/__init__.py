"""Splits by predicates: which combinations of factors are kept, held out, or seen together more often."""
