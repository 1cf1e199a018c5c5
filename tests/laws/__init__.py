"""What must hold in every run, and a world in which merging must lose."""
