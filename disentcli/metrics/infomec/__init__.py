"""InfoM, InfoE and InfoC: the metric, its published versions, and what it is made of."""

from .metric import InfoMEC as InfoMEC, infomec as infomec
