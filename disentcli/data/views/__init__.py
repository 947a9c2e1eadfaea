"""Views: several images of a dataset at a time (pairs, triplets), drawn by index arithmetic."""
