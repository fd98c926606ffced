"""The lab's own certificate authority, and what it signs."""

from pathlib import Path

from k8s.lab.processes import run

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
_CA = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign")
_LEAF = "keyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth,serverAuth\n"


def make_authority(folder: Path) -> None:
    """Make ``ca.crt`` and ``ca.key``, which hold for 30 days."""
    extensions = [word for extension in _CA for word in ("-addext", extension)]
    files = ("-keyout", folder / "ca.key", "-out", folder / "ca.crt")
    run("openssl", "req", "-x509", *_KEY, "-days", "30", "-subj", "/CN=lab", *files, *extensions)


def sign(folder: Path, name: str, subject: str, names: str = "") -> None:
    """Make ``NAME.crt`` and ``NAME.key``.

    Parameters
    ----------
    names
        Alternative names, as ``DNS:a,IP:b``.
    """
    request, extensions = folder / f"{name}.csr", folder / f"{name}.ext"
    extensions.write_text(_LEAF + (f"subjectAltName={names}\n" if names else ""))
    key = ("-keyout", folder / f"{name}.key", "-out", request)
    run("openssl", "req", *_KEY, "-subj", subject, *key)
    run(
        "openssl", "x509", "-req", "-in", request, "-CA", folder / "ca.crt",
        "-CAkey", folder / "ca.key", "-CAcreateserial", "-days", "30",
        "-out", folder / f"{name}.crt", "-extfile", extensions,
    )  # fmt: skip


def make_service_account_key(folder: Path) -> None:
    """Make the pair of keys that signs service accounts' tokens."""
    run("openssl", "genrsa", "-out", folder / "sa.key", "2048")
    run("openssl", "rsa", "-in", folder / "sa.key", "-pubout", "-out", folder / "sa.pub")
