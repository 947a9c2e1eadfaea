"""The packages of a wheel: those of the source tree, and `config/` as data of disentcli.config."""

from setuptools import find_packages, setup

setup(packages=[*find_packages(include=["disentcli", "disentcli.*"]), "disentcli.config.files"])
