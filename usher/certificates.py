"""The cluster's own certificate authority: one key that signs a certificate for each NATS node, and nothing else.

Clients show no certificate: they prove who they are with their nkeys. They need only `ca.pem`, to know the servers.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from events.errors import UsherError

CA, CA_KEY = "ca.pem", "ca.key"
CA_LASTS, LASTS = timedelta(days=3650), timedelta(days=825)
RENEWED = timedelta(days=60)  # before its end a certificate is made anew
HERE = ("localhost", "127.0.0.1")
Key = ec.EllipticCurvePrivateKey


def make_certificates(folder: Path, nodes: Sequence[str], now: datetime) -> list[str]:
    """A CA in `folder` if there is none, and a certificate with its key for each node that lacks a good one; what was
    made. Raises UsherError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made, authority, key = _authority(folder, now)
        for node in nodes:
            if not _good(folder / f"{node}.pem", folder / f"{node}.key", node, authority, now):
                _node(folder, node, authority, key, now)
                made.append(f"{node}.pem")
    except (OSError, ValueError, TypeError) as wrong:
        raise UsherError(f"{folder} does not hold a usable authority ({wrong}): name a new folder") from None
    return made


def read_certificate(path: Path) -> x509.Certificate:
    """A certificate file (PEM). Raises UsherError."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as wrong:
        raise UsherError(f"{path} is no certificate ({wrong}): `usher cluster ca` makes one") from None


def _authority(folder: Path, now: datetime) -> tuple[list[str], x509.Certificate, Key]:
    if (folder / CA).exists():
        key = serialization.load_pem_private_key((folder / CA_KEY).read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{CA_KEY} is no key on an elliptic curve")
        return [], read_certificate(folder / CA), key
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("usher cluster CA")
    may = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    made = (
        _begun(name, name, key, now, CA_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(may, critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(folder / CA_KEY, _pem(key), 0o600)
    _write(folder / CA, made.public_bytes(serialization.Encoding.PEM), 0o644)
    return [CA], made, key


def _node(folder: Path, node: str, authority: x509.Certificate, ca_key: Key, now: datetime) -> None:
    """A node is a server to its clients and, on a route, a client of the other nodes."""
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([_alternative(name) for name in (node, *HERE)])
    uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    made = (
        _begun(_name(node), authority.subject, key, now, LASTS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(names, critical=False)
        .add_extension(uses, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()),
            critical=False,
        )
        .sign(ca_key, hashes.SHA256())
    )
    _write(folder / f"{node}.key", _pem(key), 0o600)
    _write(folder / f"{node}.pem", made.public_bytes(serialization.Encoding.PEM), 0o644)


def _begun(subject: x509.Name, issuer: x509.Name, key: Key, now: datetime, lasts: timedelta) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))  # the nodes' clocks may be behind ours
        .not_valid_after(now + lasts)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _good(path: Path, key: Path, node: str, authority: x509.Certificate, now: datetime) -> bool:
    """Whether a node's certificate is this authority's, names the node, and lasts for a while."""
    if not (path.exists() and key.exists()):
        return False
    found = read_certificate(path)
    try:
        found.verify_directly_issued_by(authority)
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except Exception:  # InvalidSignature, ValueError, ExtensionNotFound: it is made anew
        return False
    return _alternative(node) in names and found.not_valid_after_utc > now + RENEWED


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(key: Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    """In one step, so that a server that reads it meanwhile sees the old or the new one."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    beside.replace(path)


def ends(path: Path) -> datetime:
    """When a certificate's time is over, UTC. Raises UsherError."""
    return read_certificate(path).not_valid_after_utc.replace(tzinfo=UTC)
