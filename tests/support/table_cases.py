"""Tables of targets as catalogues, archives, spreadsheets and papers give them.

Of each kind one, with what it means: the positions [deg, ICRS] that a careful astronomer
takes it for, or words of the sentence by which it is refused. ``A`` and ``B`` are
the positions where nothing else is tested.
"""

import gzip
import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io.votable import from_table
from astropy.table import QTable, Table

from tests.support.spreadsheets import Sheet, open_document, workbook, zipped

A, B = (0.2499, -57.8066), (358.75, -55.0)


@dataclass(frozen=True)
class TableCase:
    """A table and what it means: positions, or words of a refusal."""

    name: str
    content: bytes
    positions: tuple[tuple[float, float], ...] = ()
    refused: str = ""


def written(write: Callable[[Any], None]) -> bytes:
    out = io.BytesIO()
    write(out)
    return out.getvalue()


def as_text(table: Table, form: str) -> bytes:
    out = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table.write(out, format=form)
    return out.getvalue().encode()


def plain(**more: Any) -> Table:
    columns = {"name": ["SPT-CL J0000-5748", "Abell 2744"], "ra": [A[0], B[0]] * u.deg}
    return Table(columns | {"dec": [A[1], B[1]] * u.deg} | more)


def objects(frame: str) -> QTable:
    """Positions as objects of astropy, in a frame."""
    positions = SkyCoord([A[0], B[0]], [A[1], B[1]], unit="deg").transform_to(frame)
    return QTable({"name": ["a", "b"], "pos": positions})


def hours() -> QTable:
    return QTable({"ra": [A[0] / 15, B[0] / 15] * u.hourangle, "dec": [A[1], B[1]] * u.deg})


def radians() -> QTable:
    return QTable({"ra": u.Quantity([A[0], B[0]], u.deg).to(u.rad), "dec": [A[1], B[1]] * u.deg})


def icrs(lon: float, lat: float, frame: str) -> tuple[float, float]:
    found = SkyCoord(lon * u.deg, lat * u.deg, frame=frame).icrs
    return float(found.ra.deg), float(found.dec.deg)


SHEET: Sheet = [["name", "ra", "dec"], ["SPT-CL J0000-5748", *A], [2744, *B]]
TWO = "OBJID,RA,DEC\r\nA1,0.2499,-57.8066\r\nA2,358.75,-55.0\r\n"

SIMBAD = """\
C.D.S.  -  SIMBAD4 rel 1.8  -  2026.11.28CET10:00:00

Number of objects : 2

#|         identifier         |typ|coord1 (ICRS,J2000/2000)             |Mag V  |
-|----------------------------|---|-------------------------------------|-------|
1|SPT-CL J0000-5748           |ClG|00 00 59.976 -57 48 23.76            |   ~   |
2|SPT-CL J2355-5500           |ClG|23 55 00.0 -55 00 00                 |   ~   |

"""

VIZIER = """\
#
#   VizieR Astronomical Server vizier.cds.unistra.fr
#Coosys\tJ2000:\teq_FK5 J2000
#RESOURCE=yCat_22160027
#Column\t_RAJ2000\t(F8.4)\tRight ascension
_RAJ2000\t_DEJ2000\tSPT-CL\tRAJ2000\tDEJ2000
{units}
--------\t--------\t----------\t--------\t--------
{rows}
"""

CDS = """\
Title: SPT clusters
Authors: X
Table: t
================================================================================
Byte-by-byte Description of file: table1.dat
--------------------------------------------------------------------------------
   Bytes Format Units   Label     Explanations
--------------------------------------------------------------------------------
   1-  2  A2    ---     Name      Name of the cluster
   4-  5  I2    h       RAh       Hour of Right Ascension ({equinox})
   7-  8  I2    min     RAm       Minute of Right Ascension ({equinox})
  10- 15  F6.3  s       RAs       Second of Right Ascension ({equinox})
      17  A1    ---     DE-       Sign of the Declination ({equinox})
  18- 19  I2    deg     DEd       Degree of Declination ({equinox})
  21- 22  I2    arcmin  DEm       Arcminute of Declination ({equinox})
  24- 28  F5.2  arcsec  DEs       Arcsecond of Declination ({equinox})
--------------------------------------------------------------------------------
A1 00 00 59.976 -57 48 23.76
A2 23 55 00.000 -55 00 00.00
"""

REGIONS = """\
# Region file format: DS9 version 4.1
global color=green dashlist=8 3 width=1
{frame}
{shapes}
"""

SEXTRACTOR = """\
#   1 NUMBER          Running object number
#   2 X_IMAGE         Object position along x               [pixel]
#   3 ALPHA_J2000     Right ascension of barycenter (J2000) [deg]
#   4 DELTA_J2000     Declination of barycenter (J2000)     [deg]
         1   10.5   0.2499   -57.8066
         2   20.5   358.75   -55.0
"""

DELUXE = r"""\begin{deluxetable}{lcc}
\tablecaption{Clusters}
\tablehead{\colhead{Name} & \colhead{R.A.} & \colhead{Dec.}}
\startdata
A1\tablenotemark{a} & 00$^{\rm h}$00$^{\rm m}$59\fs976 & $-$57\arcdeg48\arcmin23\farcs76 \\
A2 & 23:55:00.0 & $-$55:00:00 \\
\enddata
\end{deluxetable}
"""

TABULAR = r"""\begin{table}
\begin{tabular}{lcc}
\hline
Name & RA & Dec \\
     & (deg) & (deg) \\
\hline
A1 & 0.2499 & $-57.8066$ \\
A2 & 358.75 & $-55.0$ \\
\hline
\end{tabular}
\end{table}
"""

B1950_VOTABLE = """\
<?xml version="1.0"?><VOTABLE version="1.3"><RESOURCE>
<COOSYS ID="B" system="eq_FK4" equinox="B1950"/><TABLE>
<FIELD name="RA" ucd="pos.eq.ra;meta.main" ref="B" datatype="double" unit="deg"/>
<FIELD name="DEC" ucd="pos.eq.dec;meta.main" ref="B" datatype="double" unit="deg"/>
<DATA><TABLEDATA><TR><TD>359.6</TD><TD>-58.08</TD></TR></TABLEDATA></DATA>
</TABLE></RESOURCE></VOTABLE>"""

HTML_PAGE = """\
<!DOCTYPE html>
<html><head><title>Clusters &amp; more</title></head><body>
<table><tr><td>
<table><caption>Bands</caption><tr><th>Band</th><th>GHz</th></tr><tr><td>1</td><td>90</td></tr></table>
<table id="t2">
<tr><th>Name</th><th>R.A.<br>(J2000)</th><th>Decl. (J2000)</th></tr>
<tr><td>SPT-CL&nbsp;J0000&minus;5748<sup>a</sup></td>
<td>00<sup>h</sup>00<sup>m</sup>59.976<sup>s</sup></td><td>&minus;57&deg;48&prime;23.76&Prime;</td></tr>
<tr><td>Abell <i>2744</i></td><td>23:55:00.0</td><td>-55:00:00</td></tr>
</table></td></tr></table></body></html>
"""

PANDAS_PAGE = """\
<table border="1" class="dataframe">
  <thead>
    <tr style="text-align: right;"><th></th><th>ra</th><th>dec</th></tr>
  </thead>
  <tbody>
    <tr><th>0</th><td>0.2499</td><td>-57.8066</td></tr>
    <tr><th>1</th><td>358.7500</td><td>-55.0000</td></tr>
  </tbody>
</table>
"""

HOUR_ECSV = (
    "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: ra, unit: hourangle, datatype: float64}\n"
    "# - {name: dec, unit: deg, datatype: float64}\nra dec\n0.01666 -57.8066\n"
)


def texts() -> dict[str, tuple[str, Any]]:
    """Tables that are text, with their positions or the words of their refusal."""
    both = (A, B)
    return {
        "tabs": ("RA\tDE\tlabel\n0.2499\t-57.8066\tA1\n358.75\t-55.0\tA2\n", both),
        "semicolons with decimal commas": (
            "OBJID;RA;DEC\r\nA1;0,2499;-57,8066\r\nA2;358,75;-55,0\r\n", both),
        "semicolons as Excel is told of them": (
            "sep=;\r\nOBJID;RA;DEC\r\nA1;0,2499;-57,8066\r\nA2;358,75;-55\r\n", both),
        "blank cells behind the last": ("RA,DEC\n0.2499,-57.8066,,\n358.75,-55, \n", both),
        "blank titles behind the last": ("RA,DEC,,\n0.2499,-57.8066,,\n358.75,-55,,\n", both),
        "tabs with decimal commas": ("RA\tDEC\n0,2499\t-57,8066\n358,75\t-55,0\n", both),
        "quoted decimal commas": ('"RA","DEC"\n"0,2499","-57,8066"\n"358,75","-55"\n', both),
        "commas with decimal commas": ("RA,DEC\n0,2499,-57,8066\n", "columns by ; where decimals"),
        "blanks": ("RA DEC name\n0.2499 -57.8066 A1\n358.75   -55.0 'A'\n", both),
        "titles in a comment": ('# name RA DEC\nA 0.2499 -57.8066\n"B C" 358.75 -55.0\n', both),
        "another order in a comment": (
            "# dec ra\n-57.8066 0.2499\n-55.0 358.75\n", both),
        "another frame in a comment": (
            "# name,l,b\nA1,310.5,-58.2\n", (icrs(310.5, -58.2, "galactic"),)),
        "titles that a name of a coordinate begins": (
            "name,ra1,dec1\nA1,0.2499,-57.8066\n", "the table has no such column"),
        "titles with an equinox that has a point": (
            "name,RA (J2000.0),Dec (J2000.0)\nA1,0.2499,-57.8066\nA2,358.75,-55.0\n", both),
        "marks without width and of full width": (
            "RA,DEC\n0.2499\u200b,\uff0d\uff15\uff17.8066\n358.75,\u200e-55.0\n", both),
        "Markdown": (
            "| name | RA | DEC |\n|---|---|---|\n| A | 0.2499 | -57.8066 |\n| B | 358.75 | -55 |\n",
            both),
        "NED": (
            ("No.|Object Name|RA(deg)|DEC(deg)|Type\n1|SPT-CL J0000-5748|0.2499|-57.8066|GClstr\n"
            "2|ABELL 2744|358.75|-55.0|\n"), both),
        "NED with text before": (
            "Search results\n\nNo.|Object Name|RA|DEC|Type\n1|A|0.2499|-57.8066|G\n", (A,)),
        "SIMBAD": (SIMBAD, both),
        "SIMBAD in B1950": (
            SIMBAD.replace("ICRS,J2000/2000", "FK4,B1950/1950"),
            tuple(icrs(*position, "fk4") for position in both)),
        "VizieR": (
            VIZIER.format(
                units="deg\tdeg\t \tdeg\tdeg",
                rows="000.2499\t-57.8066\tJ0000\t0.2499\t-57.8066\n358.75\t-55.0\tJ2355\t1\t1"),
            both),
        "VizieR in sexagesimal": (
            VIZIER.replace("_RAJ2000\t_DEJ2000\tSPT-CL\t", "name\tz\tSPT-CL\t").format(
                units=' \t \t \t"h:m:s"\t"d:m:s"',
                rows="A\t1\tx\t00 00 59.976\t-57 48 23.76\nB\t1\ty\t23 55 00\t-55 00 00"),
            both),
        "CDS": (CDS.format(equinox="J2000"), both),
        "CDS in B1950": (
            CDS.format(equinox="B1950"), tuple(icrs(*position, "fk4") for position in both)),
        "columns of hours, minutes and seconds": (
            ("Name,RAh,RAm,RAs,DE-,DEd,DEm,DEs\nA1,00,00,59.976,-,57,48,23.76\n"
            "A2,23,55,00.0,-,55,00,00\n"), both),
        "minus nought degrees": (
            "RAh,RAm,RAs,DEd,DEm,DEs\n0,0,59.976,-00,48,00\n", ((A[0], -0.8),)),
        "sexagesimal": (
            ("name,ra,dec\nA1,00h00m59.976s,-57d48m23.76s\nA2,23:55:00.0,-55:00:00\n"
            "A3,23 55 00.0,-55 00 00\n"), (*both, B)),
        "regions": (
            REGIONS.format(
                frame="fk5",
                shapes='circle(0.2499,-57.8066,120")\ncircle(23:55:00.0,-55:00:00,2\') # text={A2}'
                "\npoint(0.3,-56.0) # point=cross text={P 3}\nbox(0.3,-56.0,10',10',0)"),
            (*both, (0.3, -56.0), (0.3, -56.0))),
        "galactic regions": (
            REGIONS.format(frame="galactic", shapes="ellipse(315.2,-58.1,1',2',0)"),
            (icrs(315.2, -58.1, "galactic"),)),
        "regions in one line": ('fk5;circle(0.2499,-57.8066,120") # color=red\n', (A,)),
        "regions in pixels": (
            REGIONS.format(frame="image", shapes="circle(100,200,3)"), "save it in fk5"),
        "a polygon": (REGIONS.format(frame="fk5", shapes="polygon(1,2,3,4,5,6)"), "has no centre"),
        "SExtractor": (SEXTRACTOR, both),
        "AASTeX": (DELUXE, both),
        "LaTeX by hand": (TABULAR, both),
        "hours by name": ("RA_hours,DEC\n0.01666,-57.8066\n", (A,)),
        "hours in brackets": ("RA (h),Dec (deg)\n0.01666,-57.8066\n", (A,)),
        "hours in the line of units": ("RA,Dec\nh,deg\n0.01666,-57.8066\n", (A,)),
        "hours beyond 24": ("RA_hours,DEC\n24.5,-57.8066\n", "from 0 to 24 hours"),
        "hours or degrees": ("RA,DEC\n0.01666,-57:48:23.8\n", "could be hours or degrees"),
        "degrees beside sexagesimal": ("RA,DEC\n0.2499,-57:48:23.76\n358.75,-55:00:00\n", both),
        "hours by unit": (HOUR_ECSV, (A,)),
        "degrees by unit with sexagesimal cells": (
            "RA,DEC\ndeg,deg\n00:00:59.976,-57:48:23.76\n", "hours or degrees?"),
        "two names for one coordinate": (
            "RAJ2000,RA_ICRS,DEC\n1,1,2\n", "call one of them RA"),
        "names with blanks and brackets": ("Right Ascension [deg],Dec. (J2000)\n0.2499,-57.8066\n",
                                           (A,)),
        "galactic": ("name,l,b\nA1,310.5,-58.2\n", (icrs(310.5, -58.2, "galactic"),)),
        "galactic by other names": ("GLON;GLAT\n310,5;-58,2\n", (icrs(310.5, -58.2, "galactic"),)),
        "supergalactic": ("SGL,SGB\n240,10\n", (icrs(240, 10, "supergalactic"),)),
        "B1950 by name": ("RAB1950,DEB1950\n23:58:24,-58:04:48\n", (icrs(359.6, -58.08, "fk4"),)),
        "one coordinate in another frame": ("RA1950,DEJ2000\n1,2\n", "only 'RA1950', 'DE"),
        "an equinox of its own": ("RA (J1975),Dec (J1975)\n1,2\n", "the table says 'J1975'"),
        "longitudes of no frame": ("lon,lat\n1,2\n", "or GLON and GLAT where they are galactic"),
        "B1950 in a VOTable": (B1950_VOTABLE, (icrs(359.6, -58.08, "fk4"),)),
        "an HTML page without a table": ("<!DOCTYPE html><html></html>", "no table; it may be"),
        "an HTML page with an empty table": (
            "<!DOCTYPE html><html><table></table></html>", "has no tables with columns RA"),
        "an HTML page": (HTML_PAGE, both),
        "an HTML page without th": (
            "<table><tr><td>RA<td>Dec<tr><td>0.2499<td>-57.8066<tr><td>358.75<td>-55</table>",
            both),
        "an HTML page as pandas writes it": (PANDAS_PAGE, both),
        "an HTML page with two tables": (HTML_PAGE.replace("Band", "RA").replace("GHz", "Dec"),
                                         "has 2 tables with positions"),
        "nothing": ("", "the table is empty"),
    }  # fmt: skip


def files() -> dict[str, tuple[bytes, Any]]:
    """Tables that are no UTF-8 text, and those that astropy writes."""
    both = (A, B)
    made: dict[str, tuple[bytes, Any]] = {
        "byte-order mark": (TWO.encode("utf-8-sig"), both),
        "UTF-16": (TWO.encode("utf-16"), both),
        "UTF-16 without mark": (TWO.encode("utf-16-be"), both),
        "Latin-1": (b"OBJID,RA,DEC\r\nAndrom\xe8de,0.2499,-57.8066\r\n", (A,)),
        "gzip": (gzip.compress(TWO.encode()), both),
        "damaged gzip": (gzip.compress(TWO.encode())[:-12], "cut short"),
        "an empty file": (b"", "the table is empty"),
        "FITS": (written(lambda out: plain().write(out, format="fits")), both),
        "gzip of FITS": (
            gzip.compress(written(lambda out: plain().write(out, format="fits"))), both),
        "FITS with hours": (
            written(lambda out: _hours_in_fits().write(out, format="fits")), both),
        "FITS with an equinox and no frame": (
            written(lambda out: _with_equinox().write(out, format="fits")),
            (icrs(359.6, -58.08, "fk4"),)),
        "FITS with radians": (written(lambda out: radians().write(out, format="fits")), both),
        "FITS of maps": (b"SIMPLE  =                    T" + b" " * 50, "looks like FITS"),
        "a spreadsheet": (workbook(SHEET), both),
        "a spreadsheet without titles in its first sheet": (
            workbook([["Notes"], ["made by hand"]], SHEET), both),
        "a spreadsheet of texts": (workbook([["Name", "RA", "Dec"],
                                             ["A", "00:00:59.976", "-57:48:23.76"],
                                             ["B", "23h55m00s", "-55d00m00s"]]), both),
        "a spreadsheet with two tables": (workbook(SHEET, SHEET), "2 sheets with positions"),
        "a spreadsheet of other things": (workbook([["x", "y"], [1, 2]]), "the table has no"),
        "an empty spreadsheet": (workbook([]), "no sheets with columns RA and DEC"),
        "an OpenDocument spreadsheet": (open_document(SHEET), both),
        "a damaged spreadsheet": (workbook(SHEET)[:-300], "looks like spreadsheet, but cannot"),
        "another zip file": (zipped({"a.txt": "RA,DEC"}), "looks like spreadsheet, but cannot"),
        "Parquet": (b"PAR1" + b"\0" * 100, "write it as CSV: pandas.read_parquet"),
        "HDF5": (b"\x89HDF\r\n" + b"\0" * 100, "write its table as FITS: astropy.table"),
        "hours as objects": (as_text(hours(), "ascii.ecsv"), both),
    }  # fmt: skip
    for frame in ("icrs", "galactic", "fk4", "fk5", "supergalactic", "barycentricmeanecliptic"):
        made[f"ECSV with {frame} objects"] = (as_text(objects(frame), "ascii.ecsv"), both)
        content = written(lambda out, frame=frame: objects(frame).write(out, format="fits"))  # type: ignore[misc]
        made[f"FITS with {frame} objects"] = (content, both)
    for kind in ("tabledata", "binary", "binary2"):
        content = written(
            lambda out, kind=kind: from_table(plain()).to_xml(out, tabledata_format=kind)  # type: ignore[misc]
        )
        made[f"VOTable in {kind}"] = (content, both)
    for form in ("basic", "commented_header", "csv", "ecsv", "fixed_width", "fixed_width_two_line",
                 "ipac", "latex", "aastex", "mrt", "rdb", "rst", "tab", "tdat"):  # fmt: skip
        made[f"astropy's {form}"] = (as_text(plain(), f"ascii.{form}"), both)
    return made


def _hours_in_fits() -> Table:
    # FITS has no hour angle: its unit is written by name.
    table = Table({"ra": [A[0] / 15, B[0] / 15], "dec": [A[1], B[1]]})
    table["ra"].unit = u.h
    return table


def _with_equinox() -> Table:
    table = Table({"ra": [359.6] * u.deg, "dec": [-58.08] * u.deg})
    table.meta["EQUINOX"] = 1950.0
    return table


def table_cases() -> list[TableCase]:
    """All of them."""
    contents: dict[str, tuple[bytes, Any]] = {
        name: (text.encode(), meaning) for name, (text, meaning) in texts().items()
    }
    return [
        TableCase(name, content, refused=meaning)
        if isinstance(meaning, str)
        else TableCase(name, content, positions=tuple(meaning))
        for name, (content, meaning) in (contents | files()).items()
    ]
