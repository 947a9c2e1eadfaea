"""InfoMEC: how modular, explicit and compact a representation is, in its published versions."""
