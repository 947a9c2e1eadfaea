"""Room: a lit room with one object, on the factor grid of 3D-Shapes, ray-cast here."""
