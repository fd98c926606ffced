"""Names of the parameters that a cutout request may carry, and of those beside it."""

PARAMETERS = (
    "POSITIONS", "UPLOAD", "RA", "DEC", "OBJID", "CIRCLE", "POS", "SIZE", "XSIZE", "YSIZE",
    "BANDS", "FILETYPE", "DATE_START", "DATE_END", "TIME", "COADD", "PROJECTION", "PIXEL_SCALE",
    "ORDER", "PAD", "PRODUCTS", "SINCE",
)  # fmt: skip
"""Parameters of a cutout request."""

REPEATABLE = frozenset({"BANDS", "FILETYPE", "COADD", "PRODUCTS", "CIRCLE", "POS"})
"""Parameters that may be given several times; all but the regions also take commas."""

CLIENT_DECORATIONS = frozenset(
    {"RUNID", "REQUEST", "LANG", "TAPCLIENT", "JOBNAME", "RESPONSEFORMAT", "MAXREC"}
)
"""Names that VO clients add to any request. They are not parameters of a cutout."""

UWS_CONTROLS = frozenset({"PHASE", "DESTRUCTION", "EXECUTIONDURATION", "ACTION", "WAIT"})
"""Names that steer a job (UWS 1.1, section 2.2). They are not parameters of a cutout."""
