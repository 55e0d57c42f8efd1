"""The authority that signs the certificates of the local databases, as Amazon's signs those of RDS."""

import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 3650
SERVER_DAYS = 825
"""A server gets a new certificate with every start; some TLS stacks take none that is valid for longer."""


class Authority:
    """A certificate authority kept in a folder, made anew where it is missing or damaged.

    Args:
        folder: Holds `ca.pem`, which clients trust, and `ca.key`, which only this account can read.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ca.pem"
        self._key_path = folder / "ca.key"
        try:
            self._key, self._certificate = self._read()
        except (OSError, ValueError):
            self._key, self._certificate = _new_authority()
            self._write()

    def issue(self, *names: str) -> tuple[bytes, bytes]:
        """A certificate for a server that is known by these DNS names.

        Returns:
            Certificate and private key, PEM.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder("streamflix local database", key.public_key(), days=SERVER_DAYS)
            .issuer_name(self._certificate.subject)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM), _pem(key)

    def _read(self) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
        key = serialization.load_pem_private_key(self._key_path.read_bytes(), password=None)
        certificate = x509.load_pem_x509_certificate(self.path.read_bytes())
        if not isinstance(key, ec.EllipticCurvePrivateKey) or certificate.public_key() != key.public_key():
            raise ValueError("the key is not the certificate's")
        return key, certificate

    def _write(self) -> None:
        self._key_path.unlink(missing_ok=True)
        self._key_path.touch(mode=0o600)
        self._key_path.write_bytes(_pem(self._key))
        temporary = self.path.with_suffix(".tmp")
        temporary.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))
        temporary.replace(self.path)


def _new_authority() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder("streamflix local authority", key.public_key(), days=AUTHORITY_DAYS)
        .issuer_name(_name("streamflix local authority"))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return key, certificate


def _builder(name: str, key: ec.EllipticCurvePublicKey, *, days: int) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        # A clock that is set back a little must not refuse it.
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
