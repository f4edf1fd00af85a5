"""Greenhouse gases per kilowatt-hour of electricity, by country.

Lifecycle emissions of generation in 2023 (Iceland: 2022) in gCO2e per kWh: Ember and Energy Institute, as
processed by Our World in Data, "Carbon intensity of electricity" (CC BY 4.0). A yearly average of a country
says nothing about one's own contract or hour.
"""

from __future__ import annotations

from dataclasses import dataclass

from testamur.contracts.job import AuditOptions

SOURCE = "Ember and Energy Institute, processed by Our World in Data"
_GRAMS = {
    "AUS": 549, "AUT": 111, "BEL": 138, "BRA": 98, "CAN": 170, "CHE": 35, "CHL": 291, "CHN": 582, "CZE": 450,
    "DEU": 381, "DNK": 152, "ESP": 174, "EST": 417, "FIN": 79, "FRA": 56, "GBR": 238, "GRC": 337, "HUN": 204,
    "IND": 713, "IRL": 291, "ISL": 28, "ITA": 331, "JPN": 485, "KOR": 431, "LUX": 105, "MEX": 507, "NLD": 268,
    "NOR": 30, "NZL": 113, "POL": 662, "PRT": 166, "ROU": 241, "SGP": 471, "SVK": 117, "SVN": 231, "SWE": 41,
    "TUR": 465, "USA": 369, "ZAF": 708,
}  # fmt: skip
_EARLIER = {"ISL": 2022}
_YEAR = 2023


@dataclass(frozen=True, slots=True)
class GridFactor:
    """Greenhouse gases per kilowatt-hour.

    Attributes:
        kg_per_kwh: kgCO2e per kWh.
        source: Where from, and of which year.
    """

    kg_per_kwh: float
    source: str


def grid_factor(options: AuditOptions) -> GridFactor | str:
    """The factor that the job states, or that of its country; else why there is none, in words."""
    if options.grid_factor is not None:
        return GridFactor(options.grid_factor, options.grid_source or "stated in the job, source not stated")
    if options.country is None:
        return "no grid factor: state audit.country (such as DEU), or audit.grid_factor and audit.grid_source"
    if options.country not in _GRAMS:
        return f"no grid factor is known for {options.country}: state audit.grid_factor and audit.grid_source"
    year = _EARLIER.get(options.country, _YEAR)
    return GridFactor(_GRAMS[options.country] / 1000, f"{SOURCE}; {options.country}, {year}")
