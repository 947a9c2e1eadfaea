"""File formats of published data and of people's own, each read in one module, without torch."""
