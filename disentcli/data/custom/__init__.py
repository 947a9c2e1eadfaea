"""What people bring themselves: arrays, image files and tables of factors, checked as they are read."""
