"""What astropy does for tables of targets: kinds that it reads, and frames of the sky."""
