"""HEALPix maps in FITS tables: layout, pixels by number, sampling, coverage."""
