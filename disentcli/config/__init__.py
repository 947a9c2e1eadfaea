"""From YAML files and arguments of a call to checked, typed values of components."""
