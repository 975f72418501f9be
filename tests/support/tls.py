"""A certificate for 127.0.0.1, made for these tests (openssl, 2020 to 2120) and its key: they open nothing."""

from __future__ import annotations

import ssl
from pathlib import Path

CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBhTCCASugAwIBAgIBATAKBggqhkjOPQQDAjAbMRkwFwYDVQQDDBByZWNvbmNp
bGVyIHRlc3RzMCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAbMRkw
FwYDVQQDDBByZWNvbmNpbGVyIHRlc3RzMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcD
QgAEbHp0E5mNDonSPn4agHag4JAHuQJ4tEwg+3B9jPTBcYqGCF0lW+PvHl0kLJMP
r+ZsXxYqdboHIrJd+hD49pNHFKNeMFwwGgYDVR0RBBMwEYcEfwAAAYIJbG9jYWxo
b3N0MA4GA1UdDwEB/wQEAwIChDAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBQN
fx3UpUtT6kou4qHunlj83OAfHTAKBggqhkjOPQQDAgNIADBFAiA4rRb+0Vmd9+L0
as5kbeTmyDGvZ5iq0ygBADHwWKnorQIhAIOXeKofhJa8g3PlJ+fgC/Qt2GwUPzf0
e7n8pKYsZ2Ra
-----END CERTIFICATE-----
"""
KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYeb07IYUZ2qsMcCN
bl54TFOcnZ/VAacPzzlIdpBLvrihRANCAARsenQTmY0OidI+fhqAdqDgkAe5Ani0
TCD7cH2M9MFxioYIXSVb4+8eXSQskw+v5mxfFip1ugcisl36EPj2k0cU
-----END PRIVATE KEY-----
"""


def serving(folder: Path) -> ssl.SSLContext:
    """Return what a server needs; its certificate is left in `folder`, as `certificate(folder)`."""
    certificate(folder).write_text(CERTIFICATE)
    (folder / "key.pem").write_text(KEY)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(folder), folder / "key.pem")
    return context


def certificate(folder: Path) -> Path:
    """Return where the certificate is."""
    return folder / "certificate.pem"
