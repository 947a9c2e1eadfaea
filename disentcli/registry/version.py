"""The versions of disentcli and of the packages that results depend on, without importing them."""

from importlib import metadata

__version__ = "0.2.0.dev0"


def installed_version(package: str) -> str | None:
    """The version of an installed package; None if it is not installed.

    >>> installed_version("no-such-package") is None
    True
    """
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
