"""The job engine of the SPT-3G data service: archive, cutouts, jobs.

Importing this package does no work and pulls in nothing but this file, so that
the API can use the kernel (``sptjobs.uws``) without the scientific stack.
"""

__version__ = "0.1.0"
