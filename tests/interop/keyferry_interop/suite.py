"""Suites: the page, section 1.3. There is no decoder for anything else."""

from .refusal import require

X25519 = "x25519-hpke"
RSA_BITS = {"rsa-oaep-2048": 2048, "rsa-oaep-3072": 3072, "rsa-oaep-4096": 4096}
SUITES = (*RSA_BITS, X25519)


def require_suite(name: str) -> str:
    """The name, if it is one."""
    require(name in SUITES, "suite_unsupported", repr(name))
    return name
