"""Making the survey of a coadd: the one part of surveys that reads maps."""
