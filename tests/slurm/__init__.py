"""A SLURM of one node on this machine, for a while; it needs root and Debian's packages."""
